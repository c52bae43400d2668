# SPDX-License-Identifier: Apache-2.0
"""What happens in the backing shows at the mount once its event has come, and the reverse at once.

Each test first looks, so that the kernel has something to remember that then gets old."""

import os
import pathlib
import shutil
import signal
import stat

import pytest

from conftest import regular
from syscalls import RENAME_EXCHANGE, rename2

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
LIST = (FIXTURES / "py39-types.bin").read_bytes()


def sizes(directory):
    """The names in a directory with their sizes."""
    return {name: os.stat(os.path.join(directory, name)).st_size for name in os.listdir(directory)}


def known(directory):
    """The sizes of the names that the tests use. Only by stat(2): reading a directory refreshes what
    the kernel remembers of the files in it."""
    paths = [directory / name for name in ("one", "two", "new")]
    return {path.name: path.stat().st_size for path in paths if path.exists()}


@pytest.fixture
def seen(any_mnt, shm):
    """A mount over two blocks that the kernel knows, and a name that it knows to be absent."""
    (shm / "one").write_bytes(b"howdy")
    (shm / "two").write_bytes(b"dry ice")
    assert known(any_mnt.path) == sizes(any_mnt) == {"one": 5, "two": 7}
    return any_mnt


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda shm: (shm / "new").touch(), {"one": 5, "two": 7, "new": 0}),
        (lambda shm: os.truncate(shm / "one", 1000), {"one": 1000, "two": 7}),
        (lambda shm: os.truncate(shm / "one", 0), {"one": 0, "two": 7}),
        (lambda shm: (shm / "one").open("ab").write(b"!"), {"one": 6, "two": 7}),
        (lambda shm: (shm / "one").unlink(), {"two": 7}),
        (lambda shm: (shm / "one").rename(shm / "new"), {"new": 5, "two": 7}),
        (lambda shm: (shm / "one").rename(shm / "two"), {"two": 5}),
        (lambda shm: rename2(shm / "one", shm / "two", RENAME_EXCHANGE), {"one": 7, "two": 5}),
        (lambda shm: os.link(shm / "one", shm / "new"), {"one": 5, "two": 7, "new": 5}),
        (lambda shm: ((shm / "one").unlink(), (shm / "one").touch()), {"one": 0, "two": 7}),
    ],
    ids="create grow empty append unlink rename replace exchange link remake".split(),
)
def test_names_and_sizes(seen, shm, eventually, act, expected):
    act(shm)
    eventually(lambda: known(seen.path) == expected)
    assert sizes(seen) == expected
    for name in expected:
        assert (seen / name).read_bytes() == (shm / name).read_bytes()


def test_moved_in_from_elsewhere(seen, shm, eventually):
    (shm / "elsewhere").mkdir()
    (shm / "elsewhere/block").write_bytes(b"from elsewhere")
    (shm / "elsewhere/block").rename(shm / "new")
    eventually(lambda: (seen / "new").read_bytes() == b"from elsewhere")
    (shm / "new").rename(shm / "elsewhere/block")
    eventually(lambda: not (seen / "new").exists())


def test_hard_link_in_another_directory(seen, shm, eventually):
    """No event comes from there, so that nothing may be remembered of the block."""
    (shm / "elsewhere").mkdir()
    os.link(shm / "two", shm / "elsewhere/block")
    os.rename(shm / "two", shm / "new")  # of which an event does tell
    eventually(lambda: known(seen.path) == {"one": 5, "new": 7})
    for size in 100, 0, 10_000:
        os.truncate(shm / "elsewhere/block", size)
        assert (seen / "new").stat().st_size == size


def test_attributes(seen, shm, eventually):
    os.chmod(shm / "one", 0o640)
    eventually(lambda: (seen / "one").stat().st_mode == stat.S_IFREG | 0o640)
    os.utime(shm / "one", ns=(10**9, 2 * 10**9))
    eventually(lambda: (seen / "one").stat().st_mtime_ns == 2 * 10**9)
    os.link(shm / "one", shm / "new")
    eventually(lambda: (seen / "one").stat().st_nlink == 2)
    (shm / "new").unlink()
    eventually(lambda: (seen / "one").stat().st_nlink == 1)
    if os.geteuid() == 0 and pathlib.Path("/proc/self/uid_map").read_text().split()[2] != "1":
        os.chown(shm / "one", 1234, 4321)
        eventually(lambda: (seen / "one").stat().st_uid == 1234)


def test_through_an_open_file(seen, shm, eventually):
    with open(seen / "one", "rb") as file:
        os.truncate(shm / "one", 3)
        eventually(lambda: os.fstat(file.fileno()).st_size == 3)
        (shm / "one").rename(shm / "two")
        eventually(lambda: os.path.samestat((seen / "two").stat(), os.fstat(file.fileno())))
        (shm / "two").unlink()
        eventually(lambda: not (seen / "two").exists())
        eventually(lambda: os.fstat(file.fileno()).st_nlink == 0)
        assert file.read() == b"how"


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("two"),
        lambda path: os.mkfifo(path),
    ],
    ids="directory symlink fifo".split(),
)
def test_block_becomes_what_does_not_show(seen, shm, eventually, make):
    (shm / "one").unlink()
    make(shm / "one")
    eventually(lambda: not os.path.lexists(seen / "one"))
    assert os.listdir(seen) == ["two"]


def test_block_becomes_a_list_and_the_reverse(seen, shm, eventually):
    with open(shm / "one", "r+b") as file:
        file.write(LIST)
    eventually((seen / "one").is_dir)
    assert (seen / "one/.shm").read_bytes() == LIST
    with open(shm / "one", "r+b") as file:
        file.write(b"\xff" * 8)
    eventually((seen / "one").is_file)
    assert (seen / "one").read_bytes() == b"\xff" * 8 + LIST[8:]


def test_list_is_replaced_by_a_block(seen, shm, eventually):
    (shm / "new").write_bytes(LIST)
    eventually((seen / "new").is_dir)
    (shm / "one").rename(shm / "new")
    eventually((seen / "new").is_file)
    (shm / "new").write_bytes(LIST)
    eventually((seen / "new").is_dir)
    (shm / "new").unlink()
    eventually(lambda: not (seen / "new").exists())


def test_list_copied_in(seen, eventually):
    shutil.copyfile(FIXTURES / "py39-types.bin", seen / "new")
    eventually((seen / "new").is_dir)
    assert (seen / "new/.shm").read_bytes() == LIST


def test_list_made_by_stores_alone(seen, python_session, eventually):
    """A mapping's stores give no event: what is blank has to be looked at again."""
    python = python_session()
    python(f"shm = SharedMemory(name='new', create=True, size={len(LIST)})")
    eventually((seen / "new").is_file)
    python(f"shm.buf[:] = {LIST!r}")
    eventually((seen / "new").is_dir)
    python("shm.unlink()")


def test_many_changes(seen, shm, eventually):
    for number in range(2000):
        (shm / f"{number}").write_bytes(b"x" * (number % 7))
    for number in range(0, 2000, 2):
        (shm / f"{number}").unlink()
    for number in range(1, 2000, 2):
        (shm / f"{number}").rename(shm / f"{number + 1}")
    eventually(lambda: sizes(seen) == sizes(shm))


def test_more_events_than_the_kernel_keeps(seen, shm, eventually):
    limit = int(pathlib.Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    os.kill(seen.pid, signal.SIGSTOP)
    try:
        for number in range(limit + 1):
            os.rename(shm / "two", shm / f"{number}")
            os.rename(shm / f"{number}", shm / "two")
        os.truncate(shm / "one", 1)
        (shm / "two").rename(shm / "new")
    finally:
        os.kill(seen.pid, signal.SIGCONT)
    eventually(lambda: known(seen.path) == {"one": 1, "new": 7})
    assert sizes(seen) == {"one": 1, "new": 7}


@pytest.mark.parametrize(
    "act",
    [
        lambda mnt: (mnt / "new").touch(),
        lambda mnt: os.truncate(mnt / "one", 1000),
        lambda mnt: (mnt / "one").write_bytes(b"!"),
        lambda mnt: (mnt / "one").unlink(),
        lambda mnt: (mnt / "one").rename(mnt / "new"),
        lambda mnt: rename2(mnt / "one", mnt / "two", RENAME_EXCHANGE),
    ],
    ids="create resize write unlink rename exchange".split(),
)
def test_the_reverse_at_once(seen, shm, act):
    before = sizes(shm)
    act(seen)
    assert sizes(shm) == sizes(seen) != before
    assert {name: (shm / name).read_bytes() for name in os.listdir(shm)} == {
        name: (seen / name).read_bytes() for name in os.listdir(seen)
    }


@regular
def test_two_mounts_of_one_backing(any_mnt, mounts, access, eventually):
    other = mounts("-o", f"access={access}")
    (any_mnt / "block").write_bytes(b"howdy")
    eventually(lambda: (other / "block").read_bytes() == b"howdy")
    (other / "block").unlink()
    eventually(lambda: not (any_mnt / "block").exists())
