# SPDX-License-Identifier: Apache-2.0
"""What a tab completes in the shells themselves."""

import contextlib
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import pytest

from conftest import SHM_COMMAND
from harness import PATIENCE

COMPLETIONS = pathlib.Path(__file__).parents[2] / "tools/completions"
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"source {COMPLETIONS}/shm.bash\n"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -D -u; unsetopt BEEP\n"),
}
LINES = [
    ("shm hol", "shm holders "),
    ("shm ls --rev", "shm ls --reverse "),
    ("shm get tr", "shm get trip "),
    ("shm rm fra", "shm rm frames "),
    ("shm ls --ra", "shm ls --raw "),
    ("shm holders --noh", "shm holders --noheadings "),
]


@pytest.fixture
def blocks(command, shm):
    command("list", "trip", "3", "howdy")
    (shm / "frames").write_bytes(b"howdy, dry ice, howdy")


def environment():
    return os.environ | {"PATH": f"{SHM_COMMAND.parent}:/usr/bin:/bin", "PS1": "$ ", "TERM": "dumb", "HOME": "/nonexistent"}


@pytest.fixture(params=START)
def typed(request):
    """typed(text) types it and a tab, and returns what stands in the line when it stays so."""
    command, setup = START[request.param]
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]}")
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment())

    def read_until(*wanted):
        """Until the last that it wants stands at the end, as a shell sees it: with no escapes."""
        shown, deadline = "", time.monotonic() + PATIENCE
        while not (shown.endswith(wanted[-1]) and all(each in shown for each in wanted)):
            if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"the line stays {shown!r}")
            shown += re.sub("\x1b\\[[0-9?]*[a-zA-Z]", "", os.read(fd, 65536).decode(errors="replace"))
            shown = shown.replace("\\,", ",")  # bash quotes it, without need, and goes back for that
            while (back := re.sub("[^\b]\b", "", shown)) != shown:
                shown = back

    os.write(fd, (setup + "echo rea''dy\n").encode())
    read_until("ready\r", "$ ")

    def type_and_tab(text, expected):
        os.write(fd, f"{text}\t".encode())
        read_until(expected)
        os.write(fd, b"\x15exit\n")  # takes the line back
        with contextlib.suppress(OSError):  # EIO: the shell is gone
            while os.read(fd, 65536):
                pass

    yield type_and_tab
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)


@pytest.mark.parametrize("text,line", LINES)
def test_a_tab_completes(blocks, typed, text, line):
    typed(text, line)


COLUMNS = [
    ("shm ls -o re", "shm ls -o resident "),
    ("shm ls -o size,re", "shm ls -o size,resident "),
    ("shm ls -o +re", "shm ls -o +resident "),
    ("shm ls --output=size,+re", "shm ls --output=size,+resident "),
    ("shm holders -o pid,ac", "shm holders -o pid,access "),
]


@pytest.mark.parametrize("text,line", COLUMNS)
def test_a_tab_completes_columns(blocks, typed, text, line):
    typed(text, line)


@pytest.mark.parametrize("text,line", LINES + COLUMNS)
def test_fish_completes(blocks, text, line, tmp_path):
    if not shutil.which("fish"):
        pytest.skip("no fish")
    script = f"source {COMPLETIONS}/shm.fish; complete -C '{text}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True,
        env=environment() | {"HOME": str(tmp_path)},
    )
    assert [found.split("\t")[0] for found in done.stdout.splitlines()] == [line.split()[-1]]
