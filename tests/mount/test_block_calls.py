# SPDX-License-Identifier: Apache-2.0
"""The calls on a block at the mount do what they do on the tmpfs, with each `access`."""

import errno
import fcntl
import os
import subprocess

import pytest

from harness import PATIENCE, asleep
from syscalls import (
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_ZERO_RANGE,
    RENAME_EXCHANGE,
    RENAME_NOREPLACE,
    fallocate,
    rename2,
)

PAGE = os.sysconf("SC_PAGESIZE")


@pytest.fixture
def block(shm):
    """A block in the backing: three pages of text."""
    path = shm / "block"
    path.write_bytes(b"x" * 3 * PAGE)
    path.chmod(0o600)
    return path


@pytest.fixture
def fd(any_mnt, block):
    """It, opened at the mount."""
    fd = os.open(any_mnt / block.name, os.O_RDWR)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("size", [0, 5, PAGE, 3 * PAGE + 1])
@pytest.mark.parametrize("by", ["path", "descriptor"])
def test_truncate(any_mnt, block, fd, size, by):
    os.truncate(any_mnt / "block" if by == "path" else fd, size)
    assert os.fstat(fd).st_size == (any_mnt / "block").stat().st_size == size
    assert block.read_bytes() == (b"x" * 3 * PAGE + b"\0")[:size]
    assert os.pread(fd, 4 * PAGE, 0) == block.read_bytes()


def test_truncated_part_is_zero_again(any_mnt, block, fd):
    os.truncate(fd, 5)
    os.truncate(fd, 10)
    assert block.read_bytes() == (any_mnt / "block").read_bytes() == b"xxxxx\0\0\0\0\0"


def test_open_truncating(any_mnt, block, fd):
    with open(any_mnt / "block", "wb") as file:
        assert block.stat().st_size == os.fstat(fd).st_size == 0
        file.write(b"new")
    assert block.read_bytes() == os.pread(fd, 99, 0) == b"new"


def test_append_where_the_end_is_by_now(any_mnt, block):
    block.write_bytes(b"one")
    fd = os.open(any_mnt / "block", os.O_WRONLY | os.O_APPEND)
    os.write(fd, b" two")
    with open(block, "ab") as file:
        file.write(b" three")
    os.write(fd, b" four")
    os.close(fd)
    assert block.read_bytes() == b"one two three four"


def test_fallocate_grows_and_reserves(any_mnt, block, fd):
    fallocate(fd, 0, 0, 10 * PAGE)
    assert block.stat().st_size == os.fstat(fd).st_size == 10 * PAGE
    fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20 * PAGE)
    assert block.stat().st_size == os.fstat(fd).st_size == 10 * PAGE
    assert block.stat().st_blocks * 512 == 20 * PAGE
    assert (any_mnt / "block").stat().st_blocks == block.stat().st_blocks


def test_punch_a_hole(any_mnt, block, fd):
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE)
    text = b"x" * PAGE + bytes(PAGE) + b"x" * PAGE
    assert block.read_bytes() == os.pread(fd, 4 * PAGE, 0) == text
    assert (any_mnt / "block").read_bytes() == text
    assert block.stat().st_blocks * 512 == 2 * PAGE


@pytest.mark.parametrize(
    ("mode", "offset", "length"),
    [
        (FALLOC_FL_ZERO_RANGE, 0, PAGE),
        (FALLOC_FL_PUNCH_HOLE, 0, PAGE),
        (0, 0, 0),
        (0, -1, 1),
        (0, 0, 1 << 62),
    ],
)
def test_fallocate_refuses_as_the_backing(block, fd, mode, offset, length):
    codes = []
    with open(block, "r+b") as backing:
        for target in backing.fileno(), fd:
            with pytest.raises(OSError) as refused:
                fallocate(target, mode, offset, length)
            codes.append(refused.value.errno)
    assert codes[0] == codes[1]


def test_no_space_at_once(mounts, tmpfs, access):
    small = tmpfs("size=1m")
    mnt = mounts("-o", f"access={access}", backing=small)
    with open(mnt / "block", "xb") as file:
        with pytest.raises(OSError) as refused:
            fallocate(file.fileno(), 0, 0, 2 << 20)
        assert refused.value.errno == errno.ENOSPC
        assert os.fstat(file.fileno()).st_size == (small / "block").stat().st_size == 0
        fallocate(file.fileno(), 0, 0, 1 << 20)
    with pytest.raises(OSError) as refused:
        (mnt / "other").write_bytes(b"x")
    assert refused.value.errno == errno.ENOSPC


def test_seek_data_and_holes(block, fd):
    os.truncate(block, 0)
    os.pwrite(fd, b"x", 2 * PAGE)
    os.pwrite(fd, b"x", 5 * PAGE)
    os.truncate(fd, 8 * PAGE)

    def landmarks(target):
        found = []
        for whence in os.SEEK_DATA, os.SEEK_HOLE:
            for offset in range(0, 9 * PAGE, PAGE // 2):
                try:
                    found.append(os.lseek(target, offset, whence))
                except OSError as error:
                    found.append(errno.errorcode[error.errno])
        return found

    with open(block, "rb") as backing:
        expected = landmarks(backing.fileno())
    assert {0, 2 * PAGE, 3 * PAGE, 5 * PAGE, 6 * PAGE, "ENXIO"} <= set(expected)
    assert landmarks(fd) == expected


@pytest.mark.parametrize(
    ("first", "second"), [("inside", "inside"), ("inside", "outside"), ("outside", "inside")]
)
def test_flock_excludes(any_mnt, block, first, second):
    paths = {"inside": any_mnt / "block", "outside": block}
    with open(paths[first], "rb") as one, open(paths[second], "rb") as other:
        fcntl.flock(one, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(one, fcntl.LOCK_SH)
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_UN)
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_flock_ends_with_its_descriptor(any_mnt, block, eventually):
    with open(any_mnt / "block", "rb") as one, open(block, "rb") as other:
        duplicate = os.dup(one.fileno())
        fcntl.flock(one, fcntl.LOCK_EX)
        one.close()
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(duplicate)
        eventually(lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB) is None)


def test_waiting_for_a_lock_holds_up_nothing_else(any_mnt, block, eventually):
    with open(block, "rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        waiters = [
            subprocess.Popen(["flock", any_mnt / "block", "echo", "done"], stdout=subprocess.PIPE)
            for _ in range(20)
        ]
        eventually(lambda: all(asleep(waiter.pid) for waiter in waiters))
        for number in range(20):
            (any_mnt / f"other{number}").write_bytes(b"x")
            assert (any_mnt / f"other{number}").read_bytes() == b"x"
        waiters[0].kill()  # takes its request back
        assert waiters[0].wait(PATIENCE) < 0
        assert [waiter.poll() for waiter in waiters[1:]] == [None] * 19
        fcntl.flock(holder, fcntl.LOCK_UN)
        for waiter in waiters[1:]:
            assert waiter.communicate(timeout=PATIENCE)[0] == b"done\n"
        waiters[0].stdout.close()


def test_rename(any_mnt, block, shm, fd):
    os.rename(any_mnt / "block", any_mnt / "new")
    assert os.listdir(shm) == os.listdir(any_mnt) == ["new"]
    os.pwrite(fd, b"howdy", 0)
    assert (any_mnt / "new").read_bytes()[:6] == (shm / "new").read_bytes()[:6] == b"howdyx"
    (any_mnt / "old").write_bytes(b"replaced")
    os.rename(any_mnt / "new", any_mnt / "old")
    assert os.listdir(any_mnt) == ["old"]
    assert (any_mnt / "old").stat().st_size == os.fstat(fd).st_size == 3 * PAGE


def test_rename_without_replacing(any_mnt, block, shm):
    (shm / "other").write_bytes(b"stays")
    with pytest.raises(FileExistsError):
        rename2(any_mnt / "block", any_mnt / "other", RENAME_NOREPLACE)
    assert (any_mnt / "other").read_bytes() == b"stays"
    rename2(any_mnt / "block", any_mnt / "new", RENAME_NOREPLACE)
    assert sorted(os.listdir(shm)) == ["new", "other"]


def test_rename_exchanging(any_mnt, block, shm):
    (shm / "other").write_bytes(b"short")
    assert (any_mnt / "other").stat().st_size == 5
    rename2(any_mnt / "block", any_mnt / "other", RENAME_EXCHANGE)
    for directory in any_mnt.path, shm:
        assert (directory / "block").read_bytes() == b"short"
        assert (directory / "other").stat().st_size == 3 * PAGE
    with pytest.raises(FileNotFoundError):
        rename2(any_mnt / "block", any_mnt / "absent", RENAME_EXCHANGE)
