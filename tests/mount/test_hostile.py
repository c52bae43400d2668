# SPDX-License-Identifier: Apache-2.0
"""A neighbour in the backing who means ill: swaps names while they are opened, plants absurd blocks,
cuts blocks under their readers. Nothing of outside is shown, nobody hangs, the daemon lives on, and
every mount ends with 0 and no descriptor left (Mount.unmount() looks)."""

import contextlib
import errno
import os
import pathlib
import struct
import subprocess
import sys
import threading
import time

import pytest

from harness import PATIENCE, SANITIZED, eventually
from list_support import make_draft, seal

SECRET = b"secret of outside\n"
SECONDS = 2

# Each turn makes something aside and swaps it for what has the name `odd`.
SWAPPER = """
import os, random, sys, time
secret, odd = sys.argv[1:]
whole = open("/dev/shm/a_list", "rb").read()
def file(): open("aside", "wb").write(b"plain\\n")
def link(): os.symlink(secret, "aside")
def fifo(): os.mkfifo("aside")
def directory(): os.mkdir("aside")
def trip(): open("aside", "wb").write(whole)
print("ready", flush=True)
while True:
    for make in file, link, trip, fifo, directory, link, file, directory:
        make()
        try:
            if os.path.isfile("aside") and not os.path.isdir(odd):
                os.rename("aside", odd)
            else:
                os.rename(odd, "was"); os.rename("aside", odd)
        except OSError:  # the name came back by the mount in between
            pass
        for name in "aside", "was":
            if os.path.lexists(name):
                os.rmdir(name) if os.path.isdir(name) and not os.path.islink(name) else os.unlink(name)
        time.sleep(random.choice((0, 0.001)))
"""

TRUNCATER = """
import os
whole = open("a_list", "rb").read()
block = os.open("cut", os.O_RDWR)
print("ready", flush=True)
while True:
    for size in 0, 8, len(whole) // 2, len(whole) - 1, 0:
        os.ftruncate(block, size)
        os.pwrite(block, whole, 0)
"""

RENAMER = """
import os
print("ready", flush=True)
while True:
    for a, b in ("r0", "r1"), ("r1", "r2"), ("r2", "r0"):
        os.rename(a, b)
"""


@pytest.fixture
def neighbour(shm):
    """neighbour(program, *arguments) lets a Python do ill in the backing until the test ends."""
    started = []

    def start(program, *arguments, within=shm):
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments], cwd=within, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    def stop():
        while started:
            process = started.pop()
            assert process.poll() is None, "the neighbour gave up"
            process.kill()
            process.communicate()

    start.stop = stop
    yield start
    stop()


def a_list(mnt, shm):
    """Puts a list of three into the backing and returns its block."""
    make_draft(mnt / "a_list", [1, "two", 3.5])
    seal(mnt / "a_list")
    return (shm / "a_list").read_bytes()


def hurry(*actions):
    """Calls each of the actions again and again, side by side. How often each went well and how often
    it failed with an OSError, in lists."""
    done = [0] * len(actions)
    failures = [0] * len(actions)
    errors = []
    end = time.monotonic() + SECONDS

    def run(number):
        try:
            while time.monotonic() < end:
                try:
                    actions[number]()
                    done[number] += 1
                except OSError:
                    failures[number] += 1
        except BaseException as error:  # an assertion is the test's
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(len(actions))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
        assert not thread.is_alive(), "an open through the mount hangs"
    assert not errors, errors
    print(done, failures)
    return done, failures


def test_names_that_are_swapped(any_mnt, access, shm, tmp_path, neighbour):
    mnt = any_mnt
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    a_list(mnt, shm)
    (shm / "odd").touch()
    neighbour(SWAPPER, secret, "odd")

    def fetch():
        fd = os.open(mnt / "odd", os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert SECRET not in os.read(fd, 4096)
        finally:
            os.close(fd)

    def inside():
        for name in os.listdir(mnt / "odd"):
            assert SECRET not in (mnt / "odd" / name).read_bytes()

    def look():
        assert os.lstat(mnt / "odd").st_size != len(SECRET)
        (mnt / "odd" / ".values").read_bytes()

    def change():
        os.truncate(mnt / "odd", 0)
        os.setxattr(mnt / "odd", "user.x", b"1")
        os.utime(mnt / "odd")  # chmod would thaw the list

    # A block that shows as a link is opened by whoever follows it, by his own right and at his own
    # risk, and not by the daemon.
    linked = access == "link"
    done, failures = hurry(inside, look, *([] if linked else [fetch, change]))
    assert sum(done) and sum(failures)  # both kinds of names were met
    neighbour.stop()
    assert secret.read_bytes() == SECRET
    assert os.listxattr(secret) == []
    (mnt / "after").write_bytes(b"works")
    os.unlink(mnt / "after")
    mnt.unmount()


def test_names_that_are_swapped_in_a_draft(mnt, shm, tmp_path, neighbour):
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    a_list(mnt, shm)
    make_draft(mnt / "draft", ["one", "two"])
    neighbour(SWAPPER, secret, "1.str", within=shm / "draft")

    def fetch():
        assert SECRET not in (mnt / "draft/1.str").read_bytes()

    def change():
        (mnt / "draft/1.str").write_bytes(b"mine\n")

    done, failures = hurry(fetch, change, lambda: os.listdir(mnt / "draft"))
    assert sum(done[:2]) and sum(failures[:2]) and not failures[2]
    neighbour.stop()
    assert secret.read_bytes() == SECRET
    with contextlib.suppress(OSError):
        seal(mnt / "draft")
    if (shm / "draft").is_file():
        assert SECRET.strip() not in (shm / "draft").read_bytes()
    mnt.unmount()


def test_a_renaming_loop(mnt, shm, neighbour):
    block = a_list(mnt, shm)
    (shm / "r0").write_bytes(block)
    neighbour(RENAMER)

    def read(name):
        values = (mnt / name / ".values").read_bytes()
        assert values == b"0\tint\t1\n1\tstr\ttwo\n2\tfloat\t3.5\n"

    done, failures = hurry(*(lambda name=name: read(name) for name in ("r0", "r1", "r2")), lambda: os.listdir(mnt))
    assert sum(done[:3]) and not failures[3]
    neighbour.stop()
    (left,) = (name for name in os.listdir(shm) if name.startswith("r"))
    eventually(lambda: (mnt / left / ".values").read_bytes())
    mnt.unmount()


def test_a_list_that_is_cut_under_its_readers(mnt, shm, neighbour):
    block = a_list(mnt, shm)
    (shm / "cut").write_bytes(block)
    neighbour(TRUNCATER)
    done, failures = hurry(
        lambda: (mnt / "cut" / ".values").read_bytes(),
        lambda: (mnt / "cut" / "1").read_bytes(),
        lambda: os.listdir(mnt / "cut"),
        lambda: (mnt / "cut" / "0.int").write_bytes(b"9\n"),
    )
    assert sum(done) and sum(failures)
    assert (shm / "cut").stat().st_size <= len(block)  # an assignment never makes a block longer
    neighbour.stop()
    mnt.unmount()


def words(*numbers):
    return struct.pack(f"<{len(numbers)}Q", *(number % 2**64 for number in numbers))


HUGE = 64 << 20  # the size of sparse blocks that look as if they were large lists

ABSURD = {
    "count_2_62": words(2**62, 0, 8, 16),
    "count_negative": words(-1, 0, 8, 16),
    "count_2_61_v1": words(2**61, 8, 8),
    "count_wraps": words(2**64 // 25, 0, 8),
    "offset_beyond": words(2, 0, 2**62, 2**62 + 8),
    "offset_negative": words(2, 0, -8, 16),
    "offsets_fall": words(3, 0, 64, 8, 72),
    "all_ones": b"\xff" * 4096,
    "all_zero": b"\0" * 4096,
}


@pytest.mark.parametrize("block", ABSURD.values(), ids=ABSURD)
@pytest.mark.parametrize("size", [None, HUGE])
def test_absurd_numbers(mnt, shm, block, size):
    (shm / "absurd").write_bytes(block)
    if size:
        os.truncate(shm / "absurd", size)
    before = resident(mnt.pid)
    assert (mnt / "absurd").is_file()
    for name in "0", "-1", str(2**61), ".values", ".format", ".shm":
        with pytest.raises(NotADirectoryError):
            (mnt / "absurd" / name).read_bytes()
    assert resident(mnt.pid) - before < 8 << 20


def as_large_a_list(count):
    """A block that all that recognises a list takes for one of `count` elements, and in which every
    offset but for the ends is absurd."""
    data = 8 * count
    block = bytearray(words(count, 0, 8) + words(2**62) * (count - 3) + words(data - 8, data))
    block += bytes(data)
    block += b"q\0\0\0\0\0\0\0" + b"9999992s" * (count - 2) + b"q\0\0\0\0\0\0\0"
    block += b"\0" + b"\1" * (count - 2) + b"\0"
    return block


def test_a_list_of_absurd_offsets(mnt, shm):
    count = 2000 if SANITIZED else 200_000
    (shm / "absurd").write_bytes(as_large_a_list(count))
    before = resident(mnt.pid)
    assert (mnt / "absurd").is_dir()
    assert (mnt / "absurd/0").read_bytes() == b"0\n"
    for name in "3", str(count // 2):
        with pytest.raises(OSError) as refused:
            (mnt / "absurd" / name).read_bytes()
        assert refused.value.errno == errno.EIO
        with pytest.raises(OSError) as refused:
            (mnt / "absurd" / name).write_bytes(b"1")
        assert refused.value.errno in (errno.EIO, errno.EISDIR)
    try:
        (mnt / "absurd/.values").read_bytes()
    except OSError as error:
        assert error.errno == errno.EIO
    assert resident(mnt.pid) - before < 64 << 20
    mnt.unmount()


def resident(pid):
    """The memory that a process has, shared pages aside, in bytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(kilobytes) * 1024
