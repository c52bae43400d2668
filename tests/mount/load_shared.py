# SPDX-License-Identifier: Apache-2.0
"""What the processes of the load do with names that all of them use at once. They cannot know what they will find,
but each file that they find is complete, and calls fail only as the manual says."""

import errno
import fcntl
import mmap
import os
import random
import stat
import zlib
from multiprocessing.shared_memory import ShareableList

import syscalls

PREFIX = "shared-"
BLOCKS = [f"{PREFIX}{number}" for number in range(6)]
LISTS = [f"{PREFIX}list-{number}" for number in range(3)]
LOCKED = f"{PREFIX}locked"
PRIME = 1_000_003  # what every number in a list is a multiple of
ELEMENTS = 4
GONE = {errno.ENOENT, errno.ESTALE}  # somebody has removed, renamed or replaced the name
DRAFT = GONE | {errno.EBUSY}  # or is sealing the draft at the same time, as the daemon has several threads over io_uring

# The possible results when others do the same, besides success.
PERMITTED = {
    "publish": set(),
    "fetch": GONE,
    "locked_write": set(),
    "locked_read": set(),
    "exchange": GONE,
    "remove": GONE,
    "names": set(),
    # Another makes it, seals it (EBUSY), has sealed it (EPERM) or takes files out of it (EINVAL).
    "make": DRAFT | {errno.EEXIST, errno.EPERM, errno.EINVAL, errno.ENOTDIR},
    "element": DRAFT,
    "assign": DRAFT,
    "values": DRAFT,
    "look": DRAFT,
    "attach": {errno.ENOENT, errno.EINVAL},  # shm_open() of a draft, which is no file
    "clear": DRAFT | {errno.ENOTEMPTY, errno.ENOTDIR, errno.EPERM},
}


def whole(body):
    """Makes a record of any length with its checksum."""
    return b"%08x" % zlib.crc32(body) + body


def check_whole(record):
    assert record[:8] == b"%08x" % zlib.crc32(record[8:]), f"not whole: {record[:80]!r}, {len(record)} bytes"


def element(index, rng):
    """A number or a text that can be checked, always of the same length: in a draft it is a plain file."""
    return (whole(b"%016x" % rng.getrandbits(64)) if index else b"%019d" % (rng.randrange(1000) * PRIME)) + b"\n"


class Sharer:
    """As Owner, for the shared names. do(kind) returns the name of the errno, if it failed."""

    def __init__(self, prefix, seed, mnt, backing):
        self._random = random.Random(seed)
        self._prefix = PREFIX + prefix
        self._serial = 0
        self._mnt, self._backing = mnt, backing

    def do(self, kind):
        try:
            getattr(self, "_do_" + kind)()
        except OSError as error:
            if error.errno not in PERMITTED[kind]:
                raise
            return errno.errorcode[error.errno]
        return None

    def _place(self):
        return self._random.choice([self._mnt, self._backing])

    def _do_publish(self):
        """A complete record gets the name at once. The temporary name was never used before: at the mount it stands
        for the old file until the event has arrived."""
        self._serial += 1
        where, aside = self._place(), f"{self._prefix}{self._serial}"
        (where / aside).write_bytes(whole(self._random.randbytes(1) * self._random.randrange(1, 30_000)))
        os.rename(where / aside, where / self._random.choice(BLOCKS))

    def _do_fetch(self):
        with open(self._place() / self._random.choice(BLOCKS), "rb") as file:
            check_whole(file.read())
            # It stays complete, whatever happens to the name.
            with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
                check_whole(mapped[:])

    def _do_locked_write(self):
        with open(self._place() / LOCKED, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(whole(self._random.randbytes(1) * 5000))

    def _do_locked_read(self):
        with open(self._place() / LOCKED, "rb", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            check_whole(file.read())

    def _do_exchange(self):
        where = self._place()
        one, other = self._random.sample(BLOCKS, 2)
        syscalls.rename2(where / one, where / other, syscalls.RENAME_EXCHANGE)

    def _do_remove(self):
        if self._random.random() < 0.2:
            os.unlink(self._place() / self._random.choice(BLOCKS))

    def _do_names(self):
        for where in self._mnt, self._backing:
            listed = os.listdir(where)
            assert len(set(listed)) == len(listed)
            assert LOCKED in listed

    # Lists: an int at 0, then texts.

    def _a_list(self):
        return self._mnt / self._random.choice(LISTS)

    def _do_make(self):
        path = self._a_list()
        path.mkdir(0o700)
        for index in range(ELEMENTS):
            data = element(index, self._random)
            fd = os.open(path / (f"{index}.str" if index else "0.int"), os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.write(fd, data)
            finally:
                os.close(fd)
        path.chmod(0o500)

    @staticmethod
    def _check_element(index, data):
        if data == b"":
            return  # in a draft, before its first write
        if index == 0:
            assert int(data) % PRIME == 0, data
        else:
            check_whole(data.removesuffix(b"\n"))

    def _do_element(self):
        index = self._random.randrange(ELEMENTS)
        entry = f"{index}.str" if index else "0.int"
        self._check_element(index, (self._a_list() / entry).read_bytes())

    def _do_assign(self):
        """Does not truncate first, so that a draft's file always has a text."""
        index = self._random.randrange(ELEMENTS)
        fd = os.open(self._a_list() / (f"{index}.str" if index else "0.int"), os.O_WRONLY)
        try:
            os.write(fd, element(index, self._random))
        finally:
            os.close(fd)

    def _do_values(self):
        for line in (self._a_list() / ".values").read_bytes().splitlines():
            index, kind, data = line.split(b"\t")
            assert kind in (b"int", b"str"), line
            self._check_element(int(index), data)

    def _do_look(self):
        path = self._a_list()
        assert stat.S_ISDIR(os.lstat(path).st_mode)
        for entry in os.scandir(path):
            assert entry.name in ("0.int", "1.str", "2.str", "3.str")
            entry.stat(follow_symlinks=False)

    def _do_attach(self):
        """A Python reads the number; a text might be half stored at that moment."""
        attached = ShareableList(name=self._random.choice(LISTS))
        try:
            assert len(attached) <= ELEMENTS  # sealed while another removed the last ones, or all
            assert not attached or attached[0] % PRIME == 0
        finally:
            attached.shm.close()

    def _do_clear(self):
        path = self._a_list()
        if self._random.random() < 0.5:
            os.unlink(path / ".shm")
        else:
            for entry in os.listdir(path):
                os.unlink(path / entry)
            path.rmdir()
