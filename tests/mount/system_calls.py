# SPDX-License-Identifier: Apache-2.0
"""Which system calls a daemon makes for each request and for each event, as strace(1) sees them. A counter in the
daemon could leave some out."""

import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess

import pytest

from harness import eventually

_OPCODES = {1: "LOOKUP", 3: "GETATTR", 4: "SETATTR", 14: "OPEN", 15: "READ", 16: "WRITE", 17: "STATFS",
            18: "RELEASE", 22: "GETXATTR", 25: "FLUSH", 28: "READDIR", 35: "CREATE", 44: "READDIRPLUS"}
_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)")
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_REQUEST = re.compile(r'"((?:\\x[0-9a-f]{2}){8,})"[^,]*, \d+\) = \d+$')
# The system call of fstat(3) depends on the version of the C library.
_SAME = {"fstat": "newfstatat"}
_IDLE = {"brk", "mmap", "munmap", "madvise", "futex", "sched_yield", "poll", "ppoll", "restart_syscall"}
# System calls for acting as another user and for novel names, none of which is on the backing.
_IDENTITY = {"setfsuid", "setfsgid", "getgroups", "setgroups", "geteuid", "getegid", "getpid", "capget",
             "capset"}
_STATUS = re.compile(r"/proc/\d+/(status|uid_map)")


def _opcode(arguments):
    """The opcode of the request that a read(2) of /dev/fuse gave, if any."""
    data = _REQUEST.search(arguments)
    if not data:
        return None
    opcode = struct.unpack_from("=I", bytes.fromhex(data[1].replace("\\x", "")), 4)[0]
    return _OPCODES.get(opcode, str(opcode))


class Trace:
    """The log of a strace that is attached to a daemon."""

    def __init__(self, daemon, path):
        self._pid = daemon.pid
        self._path = path
        self._mountpoint = daemon.path
        self._shm = daemon.backing

    def requests(self, act):
        """[(opcode, [system call, …]), …]: those on the backing, from the reading of a request to that of the
        next one, whether they come before the reply or after it."""
        start = len(self._calls())
        act()
        os.statvfs(self._mountpoint)  # never answered from a cache, and sent after all that was sent before
        eventually(lambda: any(opcode == "STATFS" for opcode, _ in self._requests(start)))
        found = self._requests(start)
        found = found[: [opcode for opcode, _ in found].index("STATFS")]
        return [each for each in found if each[0] in _OPCODES.values()]

    def of_events(self, act):
        """The system calls that the watching thread makes after `act` has changed the backing."""
        self._write_a_file("seen-before")
        start = len(self._calls())
        act()
        self._write_a_file("seen-after")
        return [name for pid, name, _, arguments in self._calls()[start:]
                if pid != self._pid and "/dev/fuse" not in arguments
                and "inotify" not in arguments and "seen-" not in arguments]

    def _write_a_file(self, name):
        """Makes a file and writes it, and waits until the thread has examined it for both events: names and writes
        have separate queues."""
        start = len(self._calls())

        def looks():
            return sum(call == "openat2" and name in arguments and "ENOENT" not in arguments
                       for pid, call, _, arguments in self._calls()[start:] if pid != self._pid)

        os.mknod(self._shm / name)
        eventually(lambda: looks() >= 1)
        made = looks()
        (self._shm / name).write_bytes(b"x")
        eventually(lambda: looks() > made)

    def _calls(self):
        """(thread, system call, its arguments and result, the same readable) of all so far that have returned, but
        those that are about memory and time."""
        begun = {}
        calls = []
        whole, _, _ = self._path.read_text().rpartition("\n")  # strace may be in the middle of a line
        for line in whole.splitlines():
            match = _LINE.match(line)
            if not match:
                continue
            pid, name, how, rest = int(match[1]), match[2], match[3], match[4]
            if rest.endswith("<unfinished ...>"):
                begun[pid] = rest
                continue
            if how != "(":
                rest = begun.pop(pid, "") + rest
            if name not in _IDLE:
                calls.append((pid, name, rest, _HEX.sub(lambda each: chr(int(each[1], 16)), rest)))
        return calls

    def _requests(self, start):
        found = []
        for pid, name, raw, arguments in self._calls()[start:]:
            if pid != self._pid:
                continue
            if "/dev/fuse" in arguments:
                if name == "read" and (opcode := _opcode(raw)):
                    found.append((opcode, []))
            elif found and name not in _IDENTITY and not _STATUS.search(arguments):
                found[-1][1].append(_SAME.get(name, name))
        return found


@contextlib.contextmanager
def traced(daemon, tmp_path):
    """Attaches strace to a Mount during a `with` block. Skips the test if that is not permitted."""
    if not shutil.which("strace"):
        pytest.skip("no strace: tools/setup --tests installs it")
    log = tmp_path / "strace"
    with open(tmp_path / "strace.err", "w+b") as errors:
        process = subprocess.Popen(
            ["strace", "-f", "-yy", "-xx", "-s", "16", "-e", "signal=none", "-o", log, "-p", str(daemon.pid)],
            stderr=errors, stdin=subprocess.DEVNULL)
        try:
            eventually(lambda: b"attached" in (tmp_path / "strace.err").read_bytes() or process.poll() is not None)
            if process.poll() is not None:
                pytest.skip("strace may not attach: " + (tmp_path / "strace.err").read_text())
            yield Trace(daemon, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
