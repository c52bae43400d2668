# SPDX-License-Identifier: Apache-2.0
"""Makes system calls on the backing fail, or kills the program before one. Needs a build with -Dfault_points=true,
as tools/test makes; core/base/fault_point.cc is the other side."""

import contextlib
import mmap
import os
import struct

LAYOUT = struct.Struct("IIiI48s")
WAIT = -1  # in place of an errno: the program waits there until it is killed
LAST = 500  # no operation of these tests makes so many system calls

NO_FAULTS = "nothing was hit: is it a build with -Dfault_points=true?"


def snapshot(directory):
    """Everything in a backing: the content, modes and xattrs of blocks and of drafts' files. Without the staging
    directories that a daemon keeps, and without the locks in them."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.name.startswith(".shmount-") and path.is_dir():
            continue
        if path.parent.name.startswith(".shmount-") and path.name.endswith("lock"):
            continue
        marks = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        data = path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(directory))] = (path.stat().st_mode, marks, data)
    return found


class Faults:
    """The faults of programs that are started with `environment`."""

    def __init__(self, path):
        path.write_bytes(bytes(LAYOUT.size))
        self.environment = {"SHMOUNT_FAULTS": str(path)}
        with open(path, "r+b") as file:
            self._plan = mmap.mmap(file.fileno(), LAYOUT.size)

    def arm(self, at, code=0):
        """From now on, system call number `at` (from 1) fails with the errno `code`. Without a code, the program is
        killed before the call (WAIT: waits there), and only calls that change something are counted."""
        self._plan[:] = LAYOUT.pack(at, 0, code, code <= 0, b"")

    def disarm(self):
        """Returns the name of the system call that was hit, if any."""
        call = LAYOUT.unpack(self._plan)[4].rstrip(b"\0").decode()
        self.arm(0)
        return call

    def passed(self):
        """How many calls were counted since it was armed."""
        return LAYOUT.unpack(self._plan)[1]

    @contextlib.contextmanager
    def at(self, step, code=0):
        """Arms the fault during a `with` block. The object that it gives has `.call` afterwards, if the fault was
        hit."""
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
