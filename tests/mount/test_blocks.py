# SPDX-License-Identifier: Apache-2.0
"""Blocks come into being, are attached, mapped and unlinked with each `access`."""

import errno
import mmap
import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import mapped

SIZE = 3 * mmap.PAGESIZE + 48  # not a whole number of pages
TEXT = b"howdy"


def map_shared(path, size=SIZE):
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), size)


@pytest.mark.parametrize(
    "command",
    [
        f"truncate -s {SIZE} $0",
        f"fallocate -l {SIZE} $0",
        f"head -c {SIZE} /dev/zero > $1; cp $1 $0",
        f"dd if=/dev/zero of=$0 bs={SIZE} count=1 status=none",
        f"head -c {SIZE} /dev/zero > $0",
    ],
    ids=["truncate", "fallocate", "cp", "dd", "shell"],
)
def test_create(any_mnt, shm, tmp_path, command):
    subprocess.run(
        ["sh", "-euc", f"umask 027; {command}", any_mnt / "block", tmp_path / "scratch"], check=True
    )
    assert (shm / "block").read_bytes() == bytes(SIZE)
    assert (shm / "block").stat().st_mode == stat.S_IFREG | 0o640
    assert (any_mnt / "block").stat().st_size == SIZE
    assert (any_mnt / "block").stat().st_mode == stat.S_IFREG | 0o640
    assert os.listdir(any_mnt) == ["block"]


def test_create_exclusively(any_mnt, shm):
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR
    fd = os.open(any_mnt / "block", flags, 0o600)
    os.ftruncate(fd, SIZE)
    assert os.fstat(fd).st_size == SIZE
    os.close(fd)
    assert (shm / "block").stat().st_size == SIZE
    (shm / "other").touch()
    for name in "block", "other":
        with pytest.raises(FileExistsError):
            os.open(any_mnt / name, flags, 0o600)


def test_create_by_a_novel_name(any_mnt, shm):
    command = ["mktemp", "-p", any_mnt, "psm_XXXXXXXX"]
    names = {subprocess.check_output(command, text=True).strip() for _ in range(5)}
    assert names == {str(any_mnt / path.name) for path in shm.iterdir()}
    assert all(path.stat().st_mode == stat.S_IFREG | 0o600 for path in shm.iterdir())


def test_create_or_open(any_mnt, shm):
    (shm / "block").write_bytes(TEXT)
    fd = os.open(any_mnt / "block", os.O_CREAT | os.O_RDWR, 0o777)
    assert os.read(fd, 99) == TEXT
    os.close(fd)
    assert (shm / "block").stat().st_mode & 0o111 == 0


def test_kind_of_file(any_mnt, shm, access):
    (shm / "block").write_bytes(TEXT)
    path = any_mnt / "block"
    if access == "link":
        assert os.readlink(path) == str(shm / "block")
        assert path.lstat().st_size == len(str(shm / "block"))
    else:
        assert stat.S_ISREG(path.lstat().st_mode)
    assert stat.S_ISREG(path.stat().st_mode)
    assert path.stat().st_nlink == 1
    assert path.stat().st_blocks == (shm / "block").stat().st_blocks


def test_attach(any_mnt, shm):
    (shm / "block").write_bytes(TEXT * 1000)
    assert (any_mnt / "block").stat().st_size == 5000
    assert (any_mnt / "block").read_bytes() == TEXT * 1000


def test_read_and_write_are_coherent(any_mnt, shm):
    (shm / "block").write_bytes(bytes(SIZE))
    inside = os.open(any_mnt / "block", os.O_RDWR)
    outside = os.open(shm / "block", os.O_RDWR)
    for offset in 0, 4093, SIZE - 5:
        for here, there in (inside, outside), (outside, inside):
            text = os.urandom(5)
            assert os.pwrite(here, text, offset) == 5
            assert os.pread(there, 5, offset) == text
    os.pwrite(inside, TEXT, SIZE)
    assert os.fstat(outside).st_size == os.fstat(inside).st_size == SIZE + 5
    assert os.pread(inside, 99, SIZE) == TEXT
    assert os.pread(inside, 99, SIZE + 5) == b""
    os.close(inside)
    os.close(outside)


@mapped
def test_mapping_is_the_same_memory(any_mnt, shm):
    (shm / "block").write_bytes(bytes(SIZE))
    inside, outside = map_shared(any_mnt / "block"), map_shared(shm / "block")
    for offset in 0, 4093, SIZE - 5:
        for here, there in (inside, outside), (outside, inside):
            here[offset : offset + 5] = text = os.urandom(5)
            assert there[offset : offset + 5] == text
            assert (any_mnt / "block").read_bytes()[offset : offset + 5] == text
    inside.close()
    outside.close()


@mapped
def test_mapping_a_block_made_here(any_mnt, shm, access):
    with open(any_mnt / "block", "x+b") as file:
        file.truncate(SIZE)
        if access == "passthrough":
            inside = mmap.mmap(file.fileno(), SIZE)
        else:  # the descriptor that made it is the daemon's: it takes another open to get the link
            with pytest.raises(OSError, match="No such device"):
                mmap.mmap(file.fileno(), SIZE)
            inside = map_shared(any_mnt / "block")
    outside = map_shared(shm / "block")
    inside[-5:] = TEXT
    assert outside[-5:] == TEXT
    inside.close()
    outside.close()


@pytest.mark.parametrize("access", ["direct"], indirect=True)
def test_direct_refuses_a_shared_mapping(any_mnt, shm):
    (shm / "block").write_bytes(bytes(SIZE))
    with open(any_mnt / "block", "r+b") as file:
        with pytest.raises(OSError) as refused:
            mmap.mmap(file.fileno(), SIZE)
    assert refused.value.errno == errno.ENODEV


def test_unlinked_while_open(any_mnt, shm):
    (shm / "block").write_bytes(TEXT)
    fd = os.open(any_mnt / "block", os.O_RDWR)
    (any_mnt / "block").unlink()
    for directory in shm, any_mnt.path:
        assert not (directory / "block").exists()
        assert os.listdir(directory) == []
    os.pwrite(fd, b"H", 0)
    os.ftruncate(fd, 3)
    assert os.pread(fd, 99, 0) == b"How"
    assert os.fstat(fd).st_size == 3
    (any_mnt / "block").write_bytes(b"another")
    assert os.pread(fd, 99, 0) == b"How"
    assert (shm / "block").read_bytes() == b"another"
    os.close(fd)


@mapped
@pytest.mark.parametrize("where", ["inside", "outside"])
def test_unlinked_while_mapped(any_mnt, shm, where):
    (shm / "block").write_bytes(bytes(SIZE))
    inside, outside = map_shared(any_mnt / "block"), map_shared(shm / "block")
    ({"inside": any_mnt.path, "outside": shm}[where] / "block").unlink()
    inside[-5:] = TEXT
    assert outside[-5:] == TEXT
    inside.close()
    outside.close()


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_unlinking_gives_the_memory_back(any_mnt, shm, access, eventually, where):
    free = os.statvfs(shm).f_bfree
    size = 64 * mmap.PAGESIZE
    (any_mnt / "block").touch()
    with open(any_mnt / "block", "r+b") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        if access != "direct":
            mmap.mmap(file.fileno(), size).close()
        assert os.statvfs(shm).f_bfree == free - 64
        ({"inside": any_mnt.path, "outside": shm}[where] / "block").unlink()
    eventually(lambda: os.statvfs(shm).f_bfree == free)


def test_absent(any_mnt):
    for call in os.stat, os.unlink, os.listdir, lambda path: os.truncate(path, 1), open:
        with pytest.raises(FileNotFoundError):
            call(any_mnt / "block")


def test_block_is_no_directory(any_mnt, shm):
    (shm / "block").write_bytes(TEXT)
    for call in os.listdir, os.rmdir, lambda path: os.stat(f"{path}/x"):
        with pytest.raises(NotADirectoryError):
            call(any_mnt / "block")


def test_opens_of_one_block_at_once(any_mnt, shm):
    """All opens of an inode share one registration for passthrough, of which the last is the end."""
    (shm / "block").write_bytes(TEXT)

    def open_again_and_again(flags):
        for _ in range(500):
            fd = os.open(any_mnt / "block", flags)
            if flags != os.O_WRONLY:
                assert os.pread(fd, 99, 0) == TEXT
            if flags != os.O_RDONLY:
                assert os.pwrite(fd, TEXT, 0) == len(TEXT)
            os.close(fd)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_again_and_again, [os.O_RDONLY, os.O_WRONLY, os.O_RDWR] * 2))


def test_blocks_come_and_go_at_once(any_mnt, shm):
    def make_and_unlink(worker):
        for number in range(300):
            path = any_mnt / f"{(worker + number) % 3}"
            try:
                path.write_bytes(TEXT)
                assert path.read_bytes() in (b"", TEXT)
                path.unlink()
            except FileNotFoundError:
                pass  # another worker's unlink came first
            except OSError as error:
                # The kernel looks a stale name up once more, and others can be quicker twice.
                assert error.errno == errno.ESTALE

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make_and_unlink, range(4)))
    assert sorted(os.listdir(any_mnt)) == sorted(os.listdir(shm))


def test_many_blocks(any_mnt, shm):
    names = {f"psm_{number:08x}" for number in range(3000)}
    for name in names:
        (shm / name).touch()
    listed = os.listdir(any_mnt)
    assert set(listed) == names and len(listed) == len(names)
    for name in names:
        (any_mnt / name).unlink()
    assert os.listdir(shm) == []
