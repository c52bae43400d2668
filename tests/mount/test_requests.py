# SPDX-License-Identifier: Apache-2.0
"""Which requests reach the daemon for what users do. Each costs a round trip, so that their number
is the speed of a thing; and unlike times it is the same in every run.

A cache saves requests, so that for each there is also a test here, or in test_live.py, that a change
beneath shows."""

import ctypes
import mmap
import os
import pathlib
import re
import sys
import time

import pytest

from conftest import why_no_passthrough
from harness import asleep, eventually

sys.path.append(str(pathlib.Path(__file__).parents[1] / "bench"))
from request_log import requests_of, settle  # noqa: E402

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
LIST = (FIXTURES / "py39-types.bin").read_bytes()
PAGE = 4096
_MS_REMOUNT = 32


@pytest.fixture
def traced(mounts, shm):
    """A mount with passthrough that logs its requests, over a block and a list."""
    if reason := why_no_passthrough():
        pytest.skip(reason)
    (shm / "one").write_bytes(b"howdy, dry ice")  # a shorter or blank one may yet become a list
    (shm / "trip").write_bytes(LIST)
    return mounts("-o", "debug")


@pytest.fixture
def requests(traced):
    """requests(act) gives the requests of `act` once the kernel knows all it can: when two in a row agree, as an event
    of one may come as late as during the next. With warm=False those of the first time."""

    def count(act, warm=True):
        if not warm:
            return requests_of(act, traced.log, traced.path)
        rounds = [None]

        def agreed():
            began = time.monotonic()
            settle()
            rounds.append(requests_of(act, traced.log, traced.path))
            # What stores may change is asked for again after a second.
            return rounds[-1] == rounds[-2] and time.monotonic() - began < 0.5

        eventually(agreed)
        return rounds[-1]

    return count


def forget_nodes(path):
    """Makes the kernel forget the nodes of this mount, not the names in its directories."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", os.fsencode(path), None, _MS_REMOUNT, None):
        raise OSError(ctypes.get_errno(), "remount")
    settle()


def element(mnt, kind):
    """The path of the list's first element of a type."""
    return next((mnt.path / "trip").glob(f"*.{kind}"))


def open_close(path):
    os.close(os.open(path, os.O_RDWR))


def read_once(path):
    fd = os.open(path, os.O_RDONLY)
    assert os.read(fd, 100)
    os.close(fd)


def write_once(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    assert os.write(fd, data) == len(data)
    os.close(fd)


def make_and_unlink(path):
    """As SharedMemory(create=True), close() and unlink()."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.ftruncate(fd, PAGE)
    with mmap.mmap(fd, PAGE) as mapped:
        mapped[0] = 1
    os.close(fd)
    os.unlink(path)


def test_known_names(traced, requests):
    path = traced / "one"
    assert requests(lambda: os.stat(path)) == []
    assert requests(lambda: os.access(path, os.R_OK | os.W_OK)) == []
    assert requests(lambda: os.stat(traced / "trip")) == []
    assert requests(lambda: os.stat(traced.path)) == []
    # What is not there may be made at any time.
    assert requests(lambda: os.path.exists(traced / "nothing")) == ["LOOKUP"]


def test_open_and_close(traced, requests):
    assert requests(lambda: open_close(traced / "one")) == ["OPEN", "RELEASE"]


@pytest.mark.parametrize("size", [1, PAGE, 1 << 20])
def test_reads_and_writes_of_a_block(traced, requests, size):
    data = b"x" * size
    fd = os.open(traced / "one", os.O_RDWR)
    try:
        assert requests(lambda: os.pwrite(fd, data, 0)) == []
        assert requests(lambda: os.pread(fd, size, 0)) == []
    finally:
        os.close(fd)


def test_mapping(traced, requests, shm):
    os.truncate(shm / "one", PAGE)
    fd = os.open(traced / "one", os.O_RDWR)

    def store():
        with mmap.mmap(fd, PAGE) as mapped:
            mapped[0] = 1

    try:
        # A mapping makes the access time old, and Python's mmap() looks at the file first.
        assert requests(store) == ["GETATTR"]
    finally:
        os.close(fd)


def test_make_and_unlink(traced, requests):
    """The kernel itself wants a look before CREATE, and an attribute before a change of size. The look before UNLINK
    is ours: what was just made can be a list by now."""
    seen = requests(lambda: make_and_unlink(traced / "new"))
    expected = ["LOOKUP", "CREATE", "GETXATTR", "SETATTR", "RELEASE", "LOOKUP", "UNLINK"]
    # The look of mmap() at the file, if an event was faster.
    assert [request for request in seen if request != "GETATTR"] == expected


def test_read_an_element(traced, requests):
    path = element(traced, "int")
    assert requests(lambda: read_once(path)) == ["OPEN", "READ", "RELEASE"]


@pytest.mark.parametrize(("kind", "data"), [("int", b"7\n"), ("float", b"2.5\n"), ("str", b"a\n")])
def test_write_an_element(traced, requests, kind, data):
    """The kernel asks for an attribute before it truncates, which it does by opening. Only the close of a str can
    have an error to report."""
    path = element(traced, kind)
    seen = requests(lambda: write_once(path, data))
    assert [request for request in seen if request != "GETXATTR"] == [
        "OPEN", "WRITE", *(["FLUSH"] if kind == "str" else []), "RELEASE"
    ]  # fmt: skip
    assert len(seen) <= (5 if kind == "str" else 4)


def test_list_again(traced, requests):
    """The kernel keeps the names too. The look at the directory is opendir(3)'s, whose access time
    may be old."""
    seen = requests(lambda: [entry.stat() for entry in os.scandir(traced.path)])
    assert [request for request in seen if request != "GETATTR"] == ["OPENDIR", "RELEASEDIR"]


def test_list_the_first_time(traced, requests):
    """Reading a directory makes its entries known: no request for each."""
    seen = requests(lambda: [entry.stat() for entry in os.scandir(traced.path)], warm=False)
    assert "READDIRPLUS" in seen
    assert not {"LOOKUP", "GETATTR"} & set(seen), seen


def test_list_when_only_the_names_are_known(traced, shm, requests):
    """Names that the kernel kept are worth less than their nodes, of which it was short."""
    for i in range(100):
        (shm / f"psm_{i}").write_bytes(b"howdy, dry ice")
    eventually(lambda: len(os.listdir(traced.path)) == 102)

    def found_at_once():
        forget_nodes(traced.path)
        seen = requests(lambda: [entry.stat() for entry in os.scandir(traced.path)], warm=False)
        return "READDIRPLUS" in seen and "LOOKUP" not in seen

    eventually(found_at_once)  # the kernel tells of what it forgot when it finds time


def test_attributes_of_an_open_block_after_writes_beneath(traced, shm):
    """What no request asks for again, an event ends."""
    path = traced / "one"
    fd = os.open(path, os.O_RDONLY)
    try:
        assert os.fstat(fd).st_size == 14
        (shm / "one").write_bytes(b"longer than before")
        eventually(lambda: os.fstat(fd).st_size == 18)
    finally:
        os.close(fd)


def test_absent_name_that_came(traced, shm):
    assert not (traced / "new").exists()
    assert not (traced / "new").exists()
    (shm / "new").touch()
    eventually((traced / "new").exists)


def test_absent_name_that_came_by_rename(traced, shm):
    assert not (traced / "new").exists()
    (shm / "one").rename(shm / "new")
    eventually((traced / "new").exists)


def test_root_that_changed(traced, shm):
    """Its attributes are kept too."""
    before = traced.path.stat().st_mtime_ns
    (shm / "new").touch()
    eventually(lambda: traced.path.stat().st_mtime_ns != before)
    shm.chmod(0o1755)
    try:
        eventually(lambda: traced.path.stat().st_mode & 0o7777 == 0o1755)
    finally:
        shm.chmod(0o1777)


def test_element_whose_type_changed(traced, python_session):
    """Names of elements are kept; a node of the old type is not used for the new."""
    path = element(traced, "int")
    index = int(path.name.split(".")[0])
    read_once(path)
    python_session()(f"ShareableList(name='trip')[{index}] = 2.5")
    assert path.with_name(path.name.replace(".int", ".float")).read_text() == "2.5\n"
    with pytest.raises(FileNotFoundError):
        path.read_text()


def test_at_rest(traced, requests):
    """Where requests follow closely the daemon looks for the next one awake; then it sleeps."""

    def wakes():
        tasks = pathlib.Path(f"/proc/{traced.pid}/task").glob("*/status")
        return [re.findall(r"ctxt_switches:\t(\d+)", task.read_text()) for task in tasks]

    requests(lambda: [open_close(traced / "one") for _ in range(100)])
    eventually(lambda: asleep(traced.pid))

    def slept():
        before = wakes()
        settle(0.3)
        return wakes() == before

    eventually(slept)
