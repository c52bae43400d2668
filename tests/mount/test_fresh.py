# SPDX-License-Identifier: Apache-2.0
"""What is told of by other means than an event, a message or a reply, is there for who is told of it: a call
at the mount finds what was done in the backing before it."""

import os

import pytest

TIMES = 300


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
def test_a_name_made_in_the_backing_is_opened_at_once(any_mnt, shm):
    for turn in range(TIMES):
        name = f"n{turn}"
        with pytest.raises(FileNotFoundError):
            os.stat(any_mnt / name)
        (shm / name).write_bytes(b"made")
        with open(any_mnt / name, "rb") as file:
            assert file.read() == b"made"


def test_a_name_made_in_the_backing_is_listed_at_once(mnt, shm):
    for turn in range(TIMES):
        names = {f"n{number}" for number in range(turn)}
        assert set(os.listdir(mnt)) == names
        (shm / f"n{turn}").touch()
        assert set(os.listdir(mnt)) == names | {f"n{turn}"}


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
@pytest.mark.parametrize("held", [False, True], ids=["alone", "held"])
def test_the_size_after_an_open_is_the_true_one(any_mnt, shm, held):
    """np.memmap takes an array's shape from it."""
    (shm / "block").write_bytes(b"howdy, dry ice")
    holder = os.open(any_mnt / "block", os.O_RDONLY) if held else None
    for turn in range(TIMES):
        size = 1000 + turn * 37 % 100
        assert (any_mnt / "block").stat().st_size
        os.truncate(shm / "block", size)
        fd = os.open(any_mnt / "block", os.O_RDONLY)
        asked = [lambda fd=fd: os.fstat(fd).st_size, lambda fd=fd: os.lseek(fd, 0, os.SEEK_END)]
        assert [ask() for ask in (asked if turn % 2 else reversed(asked))] == [size, size]
        os.close(fd)
    if held:
        os.close(holder)
