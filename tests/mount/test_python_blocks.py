# SPDX-License-Identifier: Apache-2.0
"""SharedMemory of each CPython on this machine beside the files at the mount."""

import os

import pytest


def test_block_of_python(any_mnt, py, eventually):
    py("shm = SharedMemory(name='block', create=True, size=4100)")
    py("shm.buf[:5] = b'howdy'; shm.buf[4095:] = b'ICE42'")
    path = any_mnt / "block"
    assert path.stat().st_size == py.eval("shm.size") == 4100
    assert path.read_bytes() == b"howdy" + bytes(4090) + b"ICE42"
    with open(path, "r+b") as file:
        file.write(b"HOWDY")
    assert py.eval("bytes(shm.buf[:6])") == b"HOWDY\0"
    py("shm.close(); shm.unlink()")
    eventually(lambda: not os.path.lexists(path))


def test_novel_name_of_python(any_mnt, py):
    py("shm = SharedMemory(create=True, size=48)")
    assert os.listdir(any_mnt) == [py.eval("shm.name")]
    py("shm.unlink()")


def test_block_of_the_mount(any_mnt, py):
    with open(any_mnt / "block", "xb") as file:
        os.truncate(file.fileno(), 48)
    py("shm = SharedMemory(name='block', size=1)")
    assert py.eval("shm.size") == 48
    py("shm.buf[:5] = b'howdy'")
    assert (any_mnt / "block").read_bytes()[:6] == b"howdy\0"
    with pytest.raises(FileExistsError):
        py("SharedMemory(name='block', create=True, size=1)")


def test_unlinked_at_the_mount(any_mnt, py):
    py("shm = SharedMemory(name='block', create=True, size=48)")
    (any_mnt / "block").unlink()
    with pytest.raises(FileNotFoundError):
        py("SharedMemory(name='block')")
    py("shm.buf[:5] = b'howdy'")
    assert py.eval("bytes(shm.buf[:5])") == b"howdy"


def test_resized_while_attached(any_mnt, py):
    py("shm = SharedMemory(name='block', create=True, size=48); shm.buf[0] = 7")
    os.truncate(any_mnt / "block", 10_000)
    py("grown = SharedMemory(name='block')")
    assert py.eval("(grown.size, shm.size, grown.buf[0])") == (10_000, 48, 7)


def test_renamed_at_the_mount(any_mnt, py):
    py("shm = SharedMemory(name='block', create=True, size=48); shm.buf[0] = 7")
    (any_mnt / "block").rename(any_mnt / "other")
    py("other = SharedMemory(name='other'); other.buf[0] += 1")
    assert py.eval("shm.buf[0]") == 8
    with pytest.raises(FileNotFoundError):
        py("SharedMemory(name='block')")
