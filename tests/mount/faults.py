# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: system calls on the backing that fail, or before which the program is killed. Takes a
build with -Dfault_points=true, as tools/test makes; core/base/fault_point.cc is the other side."""

import contextlib
import mmap
import os
import struct

LAYOUT = struct.Struct("IIiI48s")
WAIT = -1  # in place of an errno: there the program stays until it is killed
LAST = 500  # no operation of these tests takes so many system calls

NO_FAULTS = "nothing was hit: is it a build with -Dfault_points=true?"


def snapshot(directory):
    """All that is in a backing: what blocks and the files of drafts hold, their modes and marks. Not the locks in a
    staging directory that a manager keeps there."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.parent.name.startswith(".shmount-") and path.name.endswith("lock"):
            continue
        marks = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        data = path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(directory))] = (path.stat().st_mode, marks, data)
    return found


class Faults:
    """What is to happen to the programs that are started with `environment`."""

    def __init__(self, path):
        path.write_bytes(bytes(LAYOUT.size))
        self.environment = {"SHMOUNT_FAULTS": str(path)}
        with open(path, "r+b") as file:
            self._plan = mmap.mmap(file.fileno(), LAYOUT.size)

    def arm(self, at, code=0):
        """From now on the system call number `at`, from 1, fails with the errno `code`; without one the
        program is killed before it (WAIT: stays there), and only those count that change something."""
        self._plan[:] = LAYOUT.pack(at, 0, code, code <= 0, b"")

    def disarm(self):
        """Whether it was hit: then the name of the system call."""
        call = LAYOUT.unpack(self._plan)[4].rstrip(b"\0").decode()
        self.arm(0)
        return call

    def passed(self):
        """How many calls were counted since it was armed."""
        return LAYOUT.unpack(self._plan)[1]

    @contextlib.contextmanager
    def at(self, step, code=0):
        """Arms it for the length of a block; what this gives to it has `.call` then, if it was hit."""
        hit = Hit()
        self.arm(step, code)
        try:
            yield hit
        finally:
            hit.passed = self.passed()
            hit.call = self.disarm()


class Hit:
    call = ""
    passed = 0
