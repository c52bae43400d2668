# SPDX-License-Identifier: Apache-2.0
"""How many system calls the daemon makes for what users do with an element of a short list. Unlike times
they are the same in every run, and each is work that the caller waits for. The bounds are what a call needs:
it finds the block, opens it, reads it once to know what it is and once more where two reads have to agree."""

import os
import pathlib

import pytest

from harness import eventually
from system_calls import traced

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
LIST = (FIXTURES / "py39-types.bin").read_bytes()

OPEN = ["openat2", "statx", "openat", "pread64", "close"]
READ = ["pread64", "pread64"]
# The value's size takes the value. The file that the caller has open serves it.
GETATTR = ["statx", "pread64", "pread64"]
GETATTR_FOR_A_CALLER = ["statx", "faccessat2", "pread64", "pread64"]
STAT = ["openat2", "statx", "openat", "pread64", "pread64", "close", "close"]
# The last two see that the list is one still, so that its events need not be looked into.
WRITE = ["pread64", "statx", "pwrite64", "statx", "pread64"]
WRITE_STR = ["pread64", *WRITE]  # what was there is kept, to be put back
# The staging directory's name is looked at, a note is written in it, the element's tag and data are stored, and the
# note is removed.
CHANGE_OF_TYPE = ["pread64", "statx", "statx", "openat2", "pwrite64", "flock", "linkat", "pread64",
                  *["statx", "pwrite64"] * 4, "unlinkat", "close", "statx", "pread64"]
LOOKUP_LIST = ["openat2", "statx", "openat", "pread64", "close", "close"]
LOOKUP = ["openat2", "statx", "openat", "pread64", "pread64", "close", "close"]


def read(path):
    fd = os.open(path, os.O_RDONLY)
    assert os.read(fd, 100)
    os.close(fd)


def read_as_cat(path):
    fd = os.open(path, os.O_RDONLY)
    assert os.fstat(fd).st_size
    while os.read(fd, 100):
        pass
    os.close(fd)


def write(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    os.write(fd, data)
    os.close(fd)


def as_user(act):
    """Does it as a user who has no other rights, in a process of its own."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(1234)
            os.setuid(1234)
            act()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.fixture(name="trip")
def fixture_trip(shm):
    (shm / "trip").write_bytes(LIST)
    (shm / "trip").chmod(0o666)
    return shm / "trip"


@pytest.fixture(params=["single user", "allow_other", "another user"])
def served(request, trip, public, mounts):  # in this order they end
    """A mount; how to act on it, and whether it acts with each caller's rights."""
    del trip
    if request.param == "single user":
        return mounts(), lambda act: act(), False
    mount = mounts("-o", "allow_other", path=public / "mnt")
    return mount, as_user if request.param == "another user" else lambda act: act(), True


def element(mount, kind):
    return next((mount.path / "trip").glob(f"*.{kind}"))


def warm(trace, act):
    """What it takes once the kernel has the names."""
    trace.requests(act)
    found = []
    eventually(lambda: found.append(trace.requests(act)) or not any(op == "LOOKUP" for op, _ in found[-1]))
    return [(opcode, calls) for opcode, calls in found[-1] if opcode != "GETXATTR"]


def test_read_an_element(served, tmp_path):
    mount, act_as, many_users = served
    path = element(mount, "int")
    with traced(mount, tmp_path) as trace:
        seen = warm(trace, lambda: act_as(lambda: read_as_cat(path)))
    getattr_calls = GETATTR_FOR_A_CALLER if many_users else GETATTR
    assert seen == [("OPEN", OPEN), ("GETATTR", getattr_calls), ("READ", READ), ("READ", []), ("RELEASE", ["close"])]


def test_stat_an_element(served, tmp_path):
    mount, act_as, _ = served
    path = element(mount, "int")
    with traced(mount, tmp_path) as trace:
        seen = warm(trace, lambda: act_as(lambda: os.stat(path)))
    assert seen == [("GETATTR", STAT)]


@pytest.mark.parametrize(("kind", "data", "calls"), [("int", b"7\n", WRITE), ("str", b"a\n", WRITE_STR)])
def test_write_an_element(served, tmp_path, kind, data, calls):
    mount, act_as, _ = served
    path = element(mount, kind)
    with traced(mount, tmp_path) as trace:
        seen = warm(trace, lambda: act_as(lambda: write(path, data)))
    flush = [("FLUSH", [])] if kind == "str" else []  # its text could end within a character
    assert seen == [("OPEN", OPEN), ("WRITE", calls), *flush, ("RELEASE", ["close"])]


def test_look_an_element_up(trip, mounts, tmp_path):
    del trip
    mount = mounts()
    with traced(mount, tmp_path) as trace:
        seen = trace.requests(lambda: os.access(mount.path / "trip" / "02.int", os.F_OK))
        found = [(opcode, calls) for opcode, calls in seen if opcode == "LOOKUP"]
    assert found == [("LOOKUP", LOOKUP_LIST), ("LOOKUP", LOOKUP)]


def test_learn_of_a_write_of_its_own(trip, mounts, tmp_path):
    """One look an event: one of the write and one of the close, or one of both."""
    del trip
    mount = mounts()
    path = element(mount, "int")
    write(path, b"1\n")
    with traced(mount, tmp_path) as trace:
        for value in range(5):
            seen = trace.of_events(lambda value=value: write(path, b"%d\n" % value))
            assert seen in (["statx"], ["statx", "statx"])
            for name in "seen-before", "seen-after":
                os.unlink(mount.backing / name)


def test_learn_of_a_write_of_anothers(trip, mounts, tmp_path):
    """It is looked into all the same, whenever this daemon has written too."""
    mount = mounts()
    path = element(mount, "int")

    def both():
        write(path, b"7\n")
        with open(trip, "r+b") as block:
            block.write(LIST[:8])

    read(path)
    with traced(mount, tmp_path) as trace:
        assert "pread64" in trace.of_events(both)


def test_change_a_type(trip, mounts, tmp_path):
    """It is noted in the staging directory, which is kept: neither made nor removed, nor opened."""
    del trip
    mount = mounts()
    paths = [mount.path / "trip" / f"02.{kind}" for kind in ("float", "int")]
    for path in paths:
        path.write_bytes(b"1\n")
    with traced(mount, tmp_path) as trace:
        seen = [calls for path in paths for opcode, calls in trace.requests(lambda path=path: path.write_bytes(b"2\n"))
                if opcode == "WRITE"]  # fmt: skip
    assert seen == [CHANGE_OF_TYPE] * 2
