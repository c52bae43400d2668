# SPDX-License-Identifier: Apache-2.0
"""More of the neighbour of test_hostile.py: other users' files between check and use, masses of names, a memory
that he keeps full, locks and leases, and marks of ours that he sets."""

import contextlib
import errno
import fcntl
import os
import pathlib
import signal
import struct
import subprocess
import threading
import time

import pytest

import syscalls
from harness import MANY, SANITIZED, eventually, listed
from list_support import files, make_draft, refused, seal, text, texts
from test_hostile import SECONDS, neighbour, resident  # noqa: F401 (a fixture)
from test_service import ANN, BOB, as_user

SECRET = "the secret of Ann"

EXCHANGER = """
import sys; sys.path.insert(0, sys.argv[1])
import syscalls
print("ready", flush=True)
while True:
    syscalls.rename2("odd", "annes", syscalls.RENAME_EXCHANGE)
"""

FILLER = """
import os, random
fd = os.open("filler", os.O_RDWR | os.O_CREAT, 0o600)
print("ready", flush=True)
while True:
    size = os.fstat(fd).st_size
    try:
        while True:
            os.posix_fallocate(fd, size, 4096)
            size += 4096
    except OSError:
        pass
    os.ftruncate(fd, max(0, size - 4096 * random.choice((0, 1, 2, 8, 40))))
"""


@pytest.fixture
def shared(public, mounts):
    """A mount for all users over the world-writable /dev/shm."""
    return mounts("-o", "allow_other", path=public)


def hurry_as_bob(*actions):
    """Does each again and again as Bob: how often they went well, and what was seen of the secret."""

    def run():
        end = time.monotonic() + SECONDS
        well, failed, seen = [0] * len(actions), [0] * len(actions), []
        while time.monotonic() < end:
            for number, action in enumerate(actions):
                try:
                    found = action()
                    well[number] += 1
                    if isinstance(found, bytes) and SECRET.encode() in found:
                        seen.append(number)
                except OSError:
                    failed[number] += 1
        return well, failed, seen

    return as_user(BOB, run)


def read(path):
    return pathlib.Path(path).read_bytes()


def test_blocks_of_others_that_take_the_name(shared, shm, neighbour):  # noqa: F811
    (shm / "annes").write_text(SECRET)
    (shm / "odd").write_text("Bob's")
    for name, owner in ("annes", ANN), ("odd", BOB):
        os.chown(shm / name, owner, owner)
        os.chmod(shm / name, 0o600)
    neighbour(EXCHANGER, os.path.dirname(syscalls.__file__))
    odd = os.fspath(shared / "odd")
    well, failed, seen = hurry_as_bob(
        lambda: read(odd),
        lambda: os.close(os.open(odd, os.O_RDWR | os.O_TRUNC)),
        lambda: os.truncate(odd, 3),
        lambda: os.chmod(odd, 0o644),
        lambda: os.utime(odd, (1, 1)),
        lambda: os.setxattr(odd, "user.x", b"1"),
        lambda: os.getxattr(odd, "user.x"),
    )
    neighbour.stop()
    assert not seen
    assert all(well[:3]) and all(failed[:3]), (well, failed)  # both were met
    annes = next(name for name in ("annes", "odd") if (shm / name).stat().st_uid == ANN)
    assert (shm / annes).read_text() == SECRET
    assert (shm / annes).stat().st_mode & 0o7777 == 0o600 and (shm / annes).stat().st_mtime != 1
    assert os.listxattr(shm / annes) == []
    shared.unmount()


def test_lists_of_others_that_take_the_name(shared, shm, neighbour):  # noqa: F811
    for name, owner, values in ("annes", ANN, [1, SECRET]), ("odd", BOB, [2, "a text of Bob's"]):
        make_draft(shared / name, values, mode=0o700)
        (shared / name / "0.int").chmod(0o600)
        seal(shared / name)
        os.chown(shm / name, owner, owner)
    whole = (shm / "annes").read_bytes()
    neighbour(EXCHANGER, os.path.dirname(syscalls.__file__))
    odd = os.fspath(shared / "odd")

    def assign():
        fd = os.open(f"{odd}/1.str", os.O_WRONLY)
        try:
            os.write(fd, b"Bob was here\n")
        finally:
            os.close(fd)

    well, failed, seen = hurry_as_bob(
        lambda: read(f"{odd}/1"),
        lambda: read(f"{odd}/.values"),
        lambda: read(f"{odd}/.shm"),
        assign,
        lambda: pathlib.Path(f"{odd}/0.float").write_text("2.5"),
        lambda: os.rename(f"{odd}/0.float", f"{odd}/0.int"),
        lambda: os.chmod(f"{odd}/0.int", 0o666),
        lambda: os.listdir(odd),
    )
    neighbour.stop()
    assert not seen
    assert all(well[:4]) and all(failed[:4]), (well, failed)
    annes = next(name for name in ("annes", "odd") if (shm / name).stat().st_uid == ANN)
    assert (shm / annes).read_bytes() == whole
    assert (shm / annes).stat().st_mode & 0o7777 == 0o600
    shared.unmount()


def test_masses_of_names(mnt, shm):
    """They are listed, and take memory only as long as they are there."""
    before = resident(mnt.pid)
    names = {f"name{number}" for number in range(MANY)}
    maker = threading.Thread(target=lambda: [(shm / name).touch() for name in names])
    maker.start()
    while maker.is_alive():
        assert set(os.listdir(mnt)) <= names
    maker.join()
    eventually(lambda: set(os.listdir(mnt)) == names)
    with os.scandir(mnt) as entries:
        assert sum(entry.stat().st_size for entry in entries) == 0
    for name in names:
        (shm / name).unlink()
    eventually(lambda: os.listdir(mnt) == [])
    if not SANITIZED:  # a sanitizer keeps what is freed
        eventually(lambda: resident(mnt.pid) - before < 16 << 20)
    mnt.unmount()


def put(path, data):
    """Writes all of it, as write(2) may take less where memory is short."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def test_a_memory_that_is_kept_full(mounts, tmpfs, neighbour):  # noqa: F811
    """What is said to be done is done, what is refused was not begun; no operation loses what was there."""
    small = tmpfs("size=1m")
    mnt = mounts(backing=small)
    make_draft(mnt / "kept", [1, "two", 3.5])
    seal(mnt / "kept")
    neighbour(FILLER, within=small)
    kept = texts([1, "two", 3.5])
    done = full = number = 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        number += 1
        draft = mnt / f"d{number}"
        expected = texts([number, "a text of some length" * 200])
        try:
            draft.mkdir()
            for name, data in expected.items():
                put(draft / name, data)
            seal(draft)
            assert files(draft) == expected
            done += 1
        except OSError as error:
            assert error.errno == errno.ENOSPC
            full += 1
        subprocess.run(["rm", "-rf", draft], check=True)
        value = number if number % 2 else number + 0.5
        with contextlib.suppress(OSError):
            put(mnt / "kept" / ("0.int" if number % 2 else "0.float"), text(value))
            kept = texts([value, "two", 3.5])
        assert files(mnt / "kept") == kept
    neighbour.stop()
    assert done and full, (done, full)
    (small / "filler").unlink()
    assert not [name for name in listed(small) if name.startswith(".shmount-")]
    mnt.unmount()


@pytest.mark.parametrize("squat", [lambda p: p.mkdir(), lambda p: p.touch(), lambda p: p.symlink_to("/tmp")],
                         ids=["directory", "file", "link"])  # fmt: skip
def test_the_name_of_a_staging_directory_is_taken(mounts, shm, squat):
    """By whoever came first: it keeps nobody from making a list."""
    taken = shm / f".shmount-{os.geteuid()}"
    squat(taken)
    os.chown(taken, BOB, BOB, follow_symlinks=False)
    mnt = mounts("--manager", "the.test")
    make_draft(mnt / "draft", [1])
    seal(mnt / "draft")
    assert files(mnt / "draft") == texts([1])
    mnt.unmount()
    assert os.listdir(shm) == [taken.name]
    subprocess.run(["rm", "-r", taken], check=True)


def test_locks_that_are_held(mnt, shm):
    """On a block, on a draft, on the place where things are made: nobody waits for them but who locks himself."""
    (shm / "block").write_bytes(b"howdy")
    make_draft(mnt / "draft", [1])
    # The place that the daemon keeps is its own.
    subprocess.run(["rm", "-r", shm / f".shmount-{os.geteuid()}"], check=True)
    (shm / f".shmount-{os.geteuid()}").mkdir(0o700)
    with contextlib.ExitStack() as held:
        for name in "block", "draft", f".shmount-{os.geteuid()}":
            fd = os.open(shm / name, os.O_RDONLY)
            held.callback(os.close, fd)
            fcntl.flock(fd, fcntl.LOCK_EX)
        assert (mnt / "block").read_bytes() == b"howdy"
        (mnt / "block").write_bytes(b"dry ice")
        os.rename(mnt / "block", mnt / "moved")
        with refused(errno.EBUSY):
            seal(mnt / "draft")
        with refused(errno.EBUSY):
            (mnt / "another").mkdir()
    seal(mnt / "draft")
    assert files(mnt / "draft") == texts([1])
    assert sorted(listed(shm)) == ["draft", "moved"]


def test_leases_that_are_held(mnt, shm):
    """Who opens a block under a lease elsewhere waits for up to 45 s. Here nobody waits, and the others are served."""
    (shm / "leased").write_bytes(bytes(100))
    (shm / "other").write_bytes(b"howdy")
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    fd = os.open(shm / "leased", os.O_RDWR)
    try:
        eventually(lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK) == 0)  # the daemon looks at what is new
        assert sorted(os.listdir(mnt)) == ["leased", "other"]
        assert (mnt / "leased").stat().st_size == 100
        with refused(errno.EAGAIN):
            os.open(mnt / "leased", os.O_RDONLY)
        with refused(errno.EAGAIN):
            os.truncate(mnt / "leased", 5)
        assert (mnt / "other").read_bytes() == b"howdy"
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    finally:
        os.close(fd)
        signal.signal(signal.SIGIO, before)
    assert (mnt / "leased").read_bytes() == bytes(100)


def test_marks_that_are_planted(mnt, shm, tmp_path):
    """They change how a thing shows, never where it leads."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    for name, data in ("eight", bytes(8)), ("sixteen", bytes(16)), ("text", b"0123456789abcdef"), ("long", bytes(5000)):
        (shm / name).write_bytes(data)
        os.setxattr(shm / name, "user.shmount.list", b"x" * 1000)
    (shm / "draft").mkdir()
    os.setxattr(shm / "draft", "user.shmount.draft", b"x" * 1000)
    (shm / "draft/0.str").symlink_to(secret)
    os.mkfifo(shm / "draft/1.str")
    (shm / "draft/2.str").mkdir()
    (shm / "draft/3.int").write_bytes(struct.pack("q", 2**62))
    os.truncate(shm / "draft/3.int", 2**40)
    assert {name for name in os.listdir(mnt) if (mnt / name).is_dir()} == {"eight", "sixteen", "draft"}
    assert os.listdir(mnt / "eight") == os.listdir(mnt / "sixteen") == []
    assert os.listdir(mnt / "draft") == ["3.int"]
    for name in "0.str", "1.str", "2.str":
        with refused(errno.ENOENT):
            (mnt / "draft" / name).read_bytes()
        with refused(errno.EACCES, errno.EISDIR):
            os.close(os.open(mnt / "draft" / name, os.O_WRONLY | os.O_CREAT, 0o600))
    before = resident(mnt.pid)
    with refused(errno.EINVAL, errno.EACCES, errno.ELOOP, errno.EISDIR, errno.EFBIG):
        seal(mnt / "draft")
    for name in "0.str", "1.str":
        (shm / "draft" / name).unlink()
    (shm / "draft/2.str").rmdir()
    os.rename(shm / "draft/3.int", shm / "draft/0.int")
    with refused(errno.EFBIG):
        seal(mnt / "draft")
    assert resident(mnt.pid) - before < 8 << 20
    assert secret.read_text() == SECRET
    mnt.unmount()
