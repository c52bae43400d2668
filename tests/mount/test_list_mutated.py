# SPDX-License-Identifier: Apache-2.0
"""The bytes of a list change at random while others read and assign it through the mount: they get the
errors that shmount(8) names and no others, and the daemon neither dies nor hangs nor grows.

SHMOUNT_MUTATED_SECONDS is how long, SHMOUNT_MUTATED_SEED what is random."""

import collections
import errno
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import pytest

from harness import SANITIZED, eventually
from list_support import as_v1, files, make_draft, name, seal, text, texts
from test_hostile import resident

SECONDS = float(os.environ.get("SHMOUNT_MUTATED_SECONDS", 2.5))
SEED = int(os.environ.get("SHMOUNT_MUTATED_SEED", time.time()))
PATIENCE = 300
GROWTH = 16 << 20  # bytes: an answer in the making may be as large as the block
VALUES = [7, -(2**63), 2.5, "howdy", None, b"bytes\xff", True, "x" * 100, "日本", 1, False, "last"]

# Words at the places that make a list of a block, mapped; other lengths; and what it was. Everything is
# put back at the end.
MUTATOR = """
import mmap, os, random, select, struct, sys, time
path, seed = sys.argv[1], int(sys.argv[2])
rng = random.Random(seed)
whole = open(path, "rb").read()
block = os.open(path, os.O_RDWR)
count = struct.unpack_from("q", whole)[0]
formats, codes = len(whole) - 9 * count, len(whole) - count
words = [0, 1, 3, 7, 8, 12, 16, 24, 120, -1, -8, 1 << 31, 1 << 40, 2**62, 2**63 - 1, -(2**63), len(whole)]
texts = [b"q", b"d", b"8s", b"104s", b"9999999s", b"xxxxxxx?", b"xxxxxx?x", b"", b"0s", b"-8s", b"s", b"%n", b"\\xff" * 8]
def store(memory, at, data):
    memory[at : at + len(data)] = data
def mutate(memory):
    kind = rng.choice([0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5])
    if kind == 0:
        store(memory, 0, struct.pack("q", rng.choice([count + 1, count - 1, *words])))
    elif kind == 1:
        store(memory, 8 * rng.randrange(1, count + 2), struct.pack("q", rng.choice(words)))
    elif kind == 2:
        store(memory, formats + 8 * rng.randrange(count), rng.choice(texts).ljust(8, b"\\0"))
    elif kind == 3:
        store(memory, codes + rng.randrange(count), bytes([rng.choice([0, 1, 2, 3, 4, 127, 255])]))
    elif kind == 4:
        store(memory, rng.randrange(len(whole)), bytes([rng.randrange(256)]))
    else:
        at = 8 * rng.randrange(len(whole) // 8)
        store(memory, at, rng.randbytes(8))
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    with mmap.mmap(block, len(whole)) as memory:
        for _ in range(rng.randrange(8)):
            mutate(memory)
            time.sleep(rng.choice([0, 0.0005]))
            if rng.random() < 0.5:
                store(memory, 0, whole)
    if rng.random() < 0.2:
        os.ftruncate(block, rng.choice([0, 8, len(whole) - 1, len(whole) + 1, len(whole) + 8, 4096, 64 << 20]))
    if rng.random() < 0.5:
        os.pwrite(block, whole, 0)
    os.ftruncate(block, len(whole))
os.pwrite(block, whole, 0)
"""

# The list is a file for the moment (ENOTDIR), or another inode or type than the name was found for
# (ENOENT, ESTALE), or the element is damaged (EIO).
AMISS = {errno.ENOENT, errno.ESTALE, errno.ENOTDIR, errno.EIO}
PERMITTED = {
    "read": AMISS,
    # The slot is shorter, or the element of another type than the text is.
    "assign": AMISS | {errno.EFBIG, errno.EINVAL, errno.EILSEQ},
    "raw": AMISS,
    "values": AMISS,
    "format": AMISS,
    "list": AMISS,
    "chmod": AMISS,
}


class Worker:
    def __init__(self, seed, path):
        self._random = random.Random(seed)
        self._path = path

    def _element(self):
        """By the name it had, by another type's, by its index, from the end, and past it."""
        index = self._random.randrange(len(VALUES))
        return self._random.choice([
            name(VALUES, index), f"{index:02}.{self._random.choice(['int', 'str', 'bytes', 'none'])}", str(index),
            str(-1 - index), str(len(VALUES) + index), str(2**40),
        ])  # fmt: skip

    def read(self):
        (self._path / self._element()).read_bytes()

    def assign(self):
        fd = os.open(self._path / self._element(), os.O_WRONLY)
        try:
            os.write(fd, text(self._random.choice(VALUES)))
        finally:
            os.close(fd)

    def raw(self):
        (self._path / ".shm").stat()
        fd = os.open(self._path / ".shm", os.O_RDONLY)
        os.pread(fd, 1000, 0)
        os.close(fd)

    def values(self):
        for line in (self._path / ".values").read_bytes().splitlines():
            assert line.count(b"\t") == 2, line

    def format(self):
        (self._path / ".format").read_bytes()

    def list(self):
        for entry in os.scandir(self._path):
            try:
                entry.stat(follow_symlinks=False)
            except OSError as error:
                if error.errno not in AMISS:
                    raise

    def chmod(self):
        os.chmod(self._path / self._element(), self._random.choice([0o600, 0o640]))

    def work(self, until, counts):
        while not until.is_set():
            kind = self._random.choice(list(PERMITTED))
            try:
                getattr(self, kind)()
                counts[kind] += 1
            except OSError as error:
                assert error.errno in PERMITTED[kind], f"{kind}: {error!r}"
                counts[f"{kind} {errno.errorcode[error.errno]}"] += 1
                if error.errno == errno.ENOTDIR:  # for a while: leave the time to the mutator
                    until.wait(0.0005)


@pytest.mark.parametrize("layout", [1, 2])
def test_bytes_that_change_at_random(mnt, shm, layout):
    print(f"seed {SEED}")
    make_draft(mnt / "made", VALUES)
    seal(mnt / "made")
    whole = (shm / "made").read_bytes()
    whole = whole if layout == 2 else as_v1(whole)
    (shm / "l").write_bytes(whole)
    assert files(mnt / "l") == texts(VALUES)
    before = resident(mnt.pid)

    mutator = subprocess.Popen(
        [sys.executable, "-c", MUTATOR, shm / "l", str(SEED)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert mutator.stdout.readline() == "ready\n"
    done, counts, errors = threading.Event(), collections.Counter(), []

    def work(number):
        try:
            Worker(f"{SEED}.{number}", pathlib.Path(mnt.path / "l")).work(done, counts)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(3)]
    for thread in threads:
        thread.start()
    done.wait(SECONDS)
    done.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a call at the mount hangs"
    assert mutator.poll() is None, "the mutator gave up"
    mutator.communicate("stop\n", PATIENCE)
    assert mutator.returncode == 0
    print(sorted(counts.items()))
    assert not errors, errors
    assert set(PERMITTED) <= counts.keys()  # each went well at times,
    assert any(kind.endswith("EIO") for kind in counts) and counts["read ENOTDIR"]  # and met damage at others

    assert (shm / "l").read_bytes() == whole
    eventually(lambda: files(mnt / "l") == texts(VALUES))
    eventually(lambda: files(mnt / "made") == texts(VALUES))
    if not SANITIZED:  # a sanitizer keeps what is freed
        assert resident(mnt.pid) - before < GROWTH
    mnt.unmount()
