# SPDX-License-Identifier: Apache-2.0
"""A shell on a pseudo-terminal, with the completions of shm, in which tests press the tab key."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time

import pytest

from conftest import SHM_COMMAND
from harness import PATIENCE

COMPLETIONS = pathlib.Path(__file__).parents[2] / "tools/completions"
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"for each in {COMPLETIONS}/*.bash; do source $each; done; HISTFILE=; bind 'set page-completions off' 'set completion-query-items 0'"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -D -u; unsetopt BEEP; PS1='$ '"),
    "fish": (["fish", "--no-config", "-i"],
             f"for each in {COMPLETIONS}/*.fish; source $each; end; function fish_prompt; echo '$ '; end; function fish_title; end"),
}
# Records the words of each call that completions did not make, completely or not at all.
RECORDER = f"""#!/bin/sh
case " $* " in *" ls --null"*) exec {SHM_COMMAND} "$@" ;; esac
for word; do printf '%s\\0' "$word"; done >"$RECORD.new"
mv "$RECORD.new" "$RECORD"
"""
ESCAPES = re.compile(rb"\x1b(\[[0-9?;><=]*[a-zA-Z]|\][^\x07]*\x07|\(B|[=>])")


class Session:
    def __init__(self, shell, directory):
        self.shell = shell
        self.directory = directory / "cwd"
        self._record = directory / "record"
        self._programs = directory / "programs"

    def __enter__(self):
        command, setup = SHELLS[self.shell]
        if not shutil.which(command[0]):
            pytest.skip(f"no {command[0]}")
        for place in self.directory, self._programs:
            place.mkdir()
        (self._programs / "shm").write_text(RECORDER)
        (self._programs / "shm").chmod(0o755)
        environment = {
            "PATH": f"{self._programs}:/usr/bin:/bin", "PS1": "$ ", "TERM": "xterm" if self.shell == "fish" else "dumb", "HOME": str(self.directory.parent),
            "LC_ALL": "C.UTF-8", "RECORD": str(self._record),
        }
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(self.directory)
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("4H", 200, 160, 0, 0))
        try:
            self._type(setup.encode() + b"\n")
            self._settle()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._fd)
        while left := self._left():
            for pid in left:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)  # they are our children now if we are the first process of the PID namespace

    def _left(self):
        """The processes that the shell has left behind."""
        left = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(ProcessLookupError):
                left += [int(entry)] if os.getsid(int(entry)) == self._pid else []
        return left

    def complete_and_run(self, text, rest=b""):
        """Types the text, a tab, the rest and a newline, and returns the words that `shm` was called with."""
        with contextlib.suppress(FileNotFoundError):
            self._record.unlink()
        self._type(text + b"\t" + rest + b"\n")
        self._settle()
        try:
            return self._record.read_bytes().split(b"\0")[:-1]
        except FileNotFoundError:
            return None

    def complete_and_take_back(self, text, tabs=1, until=rb""):
        """Types the text and tabs, waits until that is shown, empties the line, and returns all of it, escapes too."""
        self._type(text + b"\t" * tabs)
        return self._read_until(until) + self._settle(b"\x15")

    def _type(self, keys):
        while keys:
            keys = keys[os.write(self._fd, keys):]

    def _settle(self, keys=b""):
        """Waits until everything that was typed is done: until a command typed after it is."""
        self._type(keys + b"echo rea''dy\n")
        return self._read_until(rb"ready\r\n(.*\n)?.*\$ \r?$")

    def _read_until(self, wanted):
        """Reads the shell's output until its text has `wanted`."""
        shown, deadline = b"", time.monotonic() + PATIENCE
        while not re.search(wanted, ESCAPES.sub(b"", shown)):
            if not select.select([self._fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"the shell shows {shown!r}")
            shown += os.read(self._fd, 65536)
        return shown
