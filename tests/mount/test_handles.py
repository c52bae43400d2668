# SPDX-License-Identifier: Apache-2.0
"""File handles, by which a server of NFS names files to its clients: they outlive all that the
kernel and the daemon remember, and name the same file or none."""

import ctypes
import errno
import os
import pathlib
import re

import pytest

from harness import LIBC
from syscalls import AT_FDCWD

LIST = (pathlib.Path(__file__).parents[1] / "fixtures/py39-types.bin").read_bytes()


class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("type", ctypes.c_int), ("bytes", ctypes.c_char * 128)]


def handle_of(path):
    handle, mount = Handle(size=128), ctypes.c_int()
    if LIBC.name_to_handle_at(AT_FDCWD, os.fsencode(path), ctypes.byref(handle), ctypes.byref(mount), 0):
        raise OSError(ctypes.get_errno(), "name_to_handle_at")
    return handle


def open_handle(mnt, handle, flags=os.O_RDONLY):
    """Opens it by a kernel that has forgotten all names and nodes of the mount."""
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("2")
    directory = os.open(mnt, os.O_RDONLY)
    try:
        fd = LIBC.open_by_handle_at(directory, ctypes.byref(handle), flags)
        if fd < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return fd
    finally:
        os.close(directory)


def text_by(mnt, handle):
    with open(open_handle(mnt, handle), "rb") as file:
        return file.read()


@pytest.fixture
def filled(mnt, shm):
    (shm / "block").write_bytes(b"howdy, dry ice, howdy")
    (shm / "trip").write_bytes(LIST)
    return mnt


def test_a_block(filled, shm):
    handle = handle_of(filled / "block")
    assert text_by(filled, handle) == b"howdy, dry ice, howdy"
    os.rename(shm / "block", shm / "moved")
    assert text_by(filled, handle) == b"howdy, dry ice, howdy"


def test_the_daemon_is_asked_by_number_alone(mounts, shm):
    (shm / "block").write_bytes(b"howdy, dry ice, howdy")
    mnt = mounts("-d")
    handle = handle_of(mnt / "block")
    assert text_by(mnt, handle) == b"howdy, dry ice, howdy"
    assert re.search(r"^lookup [^ ]*/\. .*: ok$", mnt.log(), re.M)


def test_all_in_a_list(filled):
    names = [*os.listdir(filled / "trip"), ".shm", ".format", ".values", "0", "-1"]
    handles = {name: handle_of(filled / "trip" / name) for name in names}
    for name, handle in handles.items():
        assert text_by(filled, handle) == (filled / "trip" / name).read_bytes(), name


def test_a_list_itself(filled):
    handle = handle_of(filled / "trip")
    fd = open_handle(filled, handle, os.O_RDONLY | os.O_DIRECTORY)
    try:
        assert sorted(os.listdir(fd)) == sorted(os.listdir(filled / "trip"))
        assert os.stat("..", dir_fd=fd).st_ino == os.stat(filled).st_ino
    finally:
        os.close(fd)


def test_a_handle_outlives_the_daemon(filled, mounts):
    handles = [handle_of(filled / name) for name in ("block", "trip/0")]
    texts = [text_by(filled, handle) for handle in handles]
    filled.unmount()
    again = mounts(path=filled.path)
    assert [text_by(again, handle) for handle in handles] == texts


def test_of_what_is_gone_it_is_stale(filled, shm):
    gone = [handle_of(filled / name) for name in ("block", "trip", "trip/0", "trip/.shm")]
    os.unlink(shm / "block")
    os.unlink(shm / "trip")
    (shm / "block").write_bytes(b"another of that name")
    for handle in gone:
        with pytest.raises(OSError) as caught:
            os.close(open_handle(filled, handle))
        assert caught.value.errno == errno.ESTALE


def test_of_what_is_no_list_any_more_it_is_stale(filled, shm):
    handle = handle_of(filled / "trip/0")
    with open(shm / "trip", "r+b") as file:
        file.write(b"howdy, dry ice, howdy")
    with pytest.raises(OSError) as caught:
        os.close(open_handle(filled, handle))
    assert caught.value.errno == errno.ESTALE


def test_of_another_type_it_is_stale(filled):
    name = sorted(os.listdir(filled / "trip"))[0]
    handle = handle_of(filled / "trip" / name)
    (filled / "trip" / (name.split(".")[0] + ".none")).write_text("None")
    with pytest.raises(OSError) as caught:
        os.close(open_handle(filled, handle))
    assert caught.value.errno == errno.ESTALE
