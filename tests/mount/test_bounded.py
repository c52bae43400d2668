# SPDX-License-Identifier: Apache-2.0
"""What one request costs the daemon is bounded by what it asks for. What the daemon has read tells how much work it
was: unlike times that is nearly the same in every run."""

import array
import ctypes
import errno
import os
import struct

import pytest

from harness import LIBC
from list_support import read


COUNT = 100_000
GETDENTS64 = 217 if os.uname().machine == "x86_64" else 61


def block_of(count, layout=2):
    """A list of the ints from 0 on, as CPython 3.8 (1) or a later one (2) lays it out."""
    head = array.array("Q", [count, *([8] * count if layout == 1 else range(0, 8 * count + 8, 8))])
    return head.tobytes() + array.array("q", range(count)).tobytes() + b"q".ljust(8, b"\0") * count + bytes(count)


def hole_of(path, count, size=8):
    """A list of `count` elements with slots of `size` that is nearly all a hole: its first and last element are
    ints, and the others have neither a place nor a format."""
    formats = 16 + 8 * count + size * count
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as block:
        for offset, data in (0, struct.pack("=QQQ", count, 0, size)), (formats, b"q"), (formats + 8 * count - 8, b"q"), (
            8 * count, struct.pack("=QQ", size * (count - 1), size * count)
        ):  # fmt: skip
            block.seek(offset)
            block.write(data)
        block.truncate(formats + 9 * count)


class Work:
    """How many bytes the daemon reads within the block, of requests and of the backing."""

    def __init__(self, mount):
        self._path = f"/proc/{mount.pid}/io"

    def _read(self):
        return int(dict(line.split(": ") for line in read(self._path).decode().splitlines())["rchar"])

    def __enter__(self):
        self._start = self._read()
        return self

    def __exit__(self, *_):
        self.bytes = self._read() - self._start


@pytest.fixture(name="work")
def fixture_work(mnt):
    return Work(mnt)


def pread(path, size, offset):
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.pread(fd, size, offset)
    finally:
        os.close(fd)


@pytest.fixture(name="honest")
def fixture_honest(shm):
    (shm / "honest").write_bytes(block_of(COUNT))
    return "honest"


@pytest.fixture(name="hole")
def fixture_hole(shm):
    hole_of(shm / "hole", 20 * COUNT)
    return "hole"


@pytest.mark.parametrize("name", [".values", ".format"])
@pytest.mark.parametrize("kind", ["honest", "hole"])
def test_a_read_where_no_text_can_be(mnt, work, kind, name, request):
    path = mnt / request.getfixturevalue(kind) / name
    with work:
        for offset in 1 << 30, 1 << 40, 1 << 62:
            assert pread(path, 1, offset) == b""
    assert work.bytes < 2**16


@pytest.mark.parametrize("kind, name, offset", [
    ("honest", ".values", 3 * 2**20), ("hole", ".values", 2**25), ("hole", ".format", 2**22),
])  # fmt: skip
def test_a_read_far_ahead_is_refused(mnt, work, kind, name, offset, request):
    path = mnt / request.getfixturevalue(kind) / name
    with work, pytest.raises(OSError) as error:
        pread(path, 1, offset)
    assert error.value.errno == errno.ESPIPE and work.bytes < 2**16


def test_a_read_of_no_text_ends(mnt, work, shm):
    """Where formats are missing there is none to give."""
    hole_of(shm / "hole", 200 * COUNT)
    with open(mnt / "hole/.format", "rb", buffering=0) as file:
        assert file.read(1) == b"q"
        with work, pytest.raises(OSError) as error:
            file.read(1)
    assert error.value.errno == errno.EIO and work.bytes < 2**25


def test_byte_by_byte(mnt, work, honest):
    with open(mnt / honest / ".values", "rb", buffering=0) as file, work:
        text = b"".join(file.read(1) for _ in range(5000))
    assert text.startswith(b"0\tint\t0\n1\tint\t1\n") and work.bytes < 2**20


def test_going_back_a_line(mnt, work, honest):
    """As shells do, which read ahead and take a line of it."""
    text = read(mnt / honest / ".values")
    with open(mnt / honest / ".values", "rb", buffering=0) as file, work:
        for line in text.splitlines(keepends=True)[:5000]:
            assert file.read(512).startswith(line)
            file.seek(len(line) - 512, os.SEEK_CUR)
    assert work.bytes < 2**20


@pytest.mark.parametrize("layout", [1, 2])
def test_the_end_of_a_listing(mnt, work, shm, layout):
    """With the attributes of each element: in the layout of Python 3.8 the sizes of all slots before it tell where it
    is."""
    (shm / "l").write_bytes(block_of(COUNT, layout))
    fd = os.open(mnt / "l", os.O_RDONLY)
    try:
        os.stat("7", dir_fd=fd)  # after a lookup the kernel asks for attributes too
        os.lseek(fd, COUNT - 500, os.SEEK_SET)
        names = ctypes.create_string_buffer(65536)
        seen = b""
        with work:
            while (n := LIBC.syscall(GETDENTS64, fd, names, len(names))) > 0:
                seen += names.raw[:n]
    finally:
        os.close(fd)
    assert seen.count(b".int") == 502 and work.bytes < 2 * 8 * COUNT + 502 * 2000


@pytest.mark.parametrize("layout", [1, 2])
def test_all_values(mnt, work, shm, layout):
    (shm / "l").write_bytes(block_of(COUNT, layout))
    with work:
        assert read(mnt / "l/.values").decode() == "".join(f"{i}\tint\t{i}\n" for i in range(COUNT))
    assert work.bytes < 4 * (shm / "l").stat().st_size
