# SPDX-License-Identifier: Apache-2.0
"""Blocks outlive the mount and the daemon."""

import errno
import fcntl
import mmap
import os
import pathlib
import subprocess

import pytest

from conftest import mapped, regular
from harness import PATIENCE

SIZE = 2 * mmap.PAGESIZE
LIST = (pathlib.Path(__file__).parents[1] / "fixtures/py39-types.bin").read_bytes()


@mapped
def test_mapping_outlives_a_killed_daemon(any_mnt, shm, mounts, access):
    (shm / "block").write_bytes(bytes(SIZE))
    (shm / "other").touch()
    file = open(any_mnt / "block", "r+b")
    inside = mmap.mmap(file.fileno(), SIZE)
    any_mnt.kill(detach=False)
    with pytest.raises(OSError) as gone:
        os.lstat(any_mnt / "other")
    assert gone.value.errno == errno.ENOTCONN

    inside[0:5] = b"howdy"
    inside[SIZE - 5 :] = b"there"
    later = mmap.mmap(file.fileno(), SIZE)  # the descriptor, too, goes on working
    assert (shm / "block").read_bytes()[:5] == later[:5] == os.pread(file.fileno(), 5, 0) == b"howdy"
    any_mnt.detach()
    again = mounts("-o", f"access={access}")
    with open(again / "block", "r+b") as reopened:
        anew = mmap.mmap(reopened.fileno(), SIZE)
    anew[0:5] = b"HOWDY"
    assert inside[0:5] == later[0:5] == b"HOWDY"
    assert inside[SIZE - 5 :] == anew[SIZE - 5 :] == b"there"
    for one in inside, later, anew, file:
        one.close()


@pytest.mark.parametrize("end", ["unmount", "kill"])
def test_new_mount_shows_everything(any_mnt, shm, mounts, access, end):
    names = {f"block{number}": os.urandom(number) for number in range(10)}
    for name, text in names.items():
        (any_mnt / name).write_bytes(text)
    os.chmod(any_mnt / "block3", 0o640)
    (any_mnt / "list").write_bytes(LIST)
    getattr(any_mnt, end)()
    again = mounts("-o", f"access={access}")
    assert set(os.listdir(again)) == {*names, "list"}
    assert {name: (again / name).read_bytes() for name in names} == names
    assert (again / "block3").stat().st_mode == 0o100640
    assert (again / "list/.shm").read_bytes() == LIST


@regular
def test_busy_while_a_file_is_open(any_mnt, shm):
    with open(any_mnt / "block", "xb") as file:
        for command in ["fusermount3", "-u"], ["umount"]:
            done = subprocess.run([*command, any_mnt], capture_output=True, text=True, check=False)
            assert done.returncode != 0 and "busy" in done.stderr
        file.write(b"goes on")
    assert (any_mnt / "block").read_bytes() == b"goes on"


def test_killed_user_leaves_nothing_behind(any_mnt, shm, python_session):
    """Neither a lock nor, which unmounting checks, a descriptor in the daemon."""
    (shm / "block").write_bytes(bytes(SIZE))
    python = python_session()
    python("import fcntl, mmap")
    python(f"file = open({os.fspath(any_mnt / 'block')!r}, 'r+b')")
    python("fcntl.flock(file, fcntl.LOCK_EX)")
    python(f"mapping = mmap.mmap(file.fileno(), {SIZE}, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE)")
    with open(any_mnt / "block", "rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        python.kill()
        fcntl.flock(file, fcntl.LOCK_EX)


@mapped
def test_mapping_outlives_a_lazy_unmount(any_mnt, shm):
    (shm / "block").write_bytes(bytes(SIZE))
    with open(any_mnt / "block", "r+b") as file:
        inside = mmap.mmap(file.fileno(), SIZE)
    any_mnt.detach()
    inside[0:5] = b"howdy"
    assert (shm / "block").read_bytes()[:5] == b"howdy"
    inside.close()
    any_mnt.expect_exit()


@pytest.fixture(scope="session")
def mutex_peer(tmp_path_factory):
    source = pathlib.Path(__file__).parents[1] / "support/mutex_peer.c"
    program = tmp_path_factory.mktemp("support") / "mutex_peer"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-pthread", source, "-o", program, "-lrt"], check=True)
    return program


@mapped
def test_mutex_between_shm_open_and_open(any_mnt, mutex_peer):
    rounds = 200_000
    (any_mnt / "block").write_bytes(bytes(mmap.PAGESIZE))
    peers = [
        subprocess.Popen([mutex_peer, *how, str(rounds)], stdout=subprocess.PIPE)
        for how in (("shm", "/block"), ("open", any_mnt / "block"))
    ]
    taken_over = [int(peer.communicate(timeout=PATIENCE)[0]) for peer in peers]
    assert [peer.returncode for peer in peers] == [0, 0]
    assert all(taken_over), "they did not meet"
    assert rounds * 2 in memoryview((any_mnt / "block").read_bytes()).cast("l").tolist()


@mapped
def test_numpy_on_both_sides(any_mnt, python_session):
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    python = python_session()
    python("import numpy")
    python("shm = SharedMemory(name='block', create=True, size=100 * 7 * 8)")
    inside = numpy.memmap(any_mnt / "block", "float64", "r+", shape=(100, 7))
    python("there = numpy.ndarray((100, 7), 'float64', buffer=shm.buf)")
    inside[99, 6] = -273.154
    assert python.eval("float(there[99, 6])") == -273.154
    python("there[:, 0] = range(100)")
    assert inside[:, 0].tolist() == list(range(100))
    python("shm.unlink()")


@pytest.mark.parametrize("access", ["passthrough"], indirect=True)
def test_block_made_by_numpy(any_mnt, python_session):
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    inside = numpy.memmap(any_mnt / "block", "float64", "w+", shape=(100, 7))
    python = python_session()
    python("shm = SharedMemory(name='block')")
    inside[99, 6] = -273.154
    assert python.eval("(shm.size, shm.buf.cast('d')[-1])") == (100 * 7 * 8, -273.154)
