# SPDX-License-Identifier: Apache-2.0
"""Reading beside a Python that writes in a loop."""

import collections
import contextlib
import errno
import os
import re
import signal
import struct

import pytest

from harness import SANITIZED, eventually, states
from list_support import python_list, read, text

READS = 300 if SANITIZED else 1500
STOPS = READS // 15

WRITER = """
import threading
stop = threading.Event()
def alternate():
    while not stop.is_set():
        for value in {values!r}:
            l[{index}] = value
thread = threading.Thread(target=alternate)
thread.start()
"""


@contextlib.contextmanager
def stopped(pid):
    """A process stands still for the length of a block, wherever it is."""
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: set(states(pid)) == {"T"})
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def text_in(block):
    """The text of the only element of a block; None where its marks make no sense."""
    form, code, data = bytes(block[-9:-1]).rstrip(b"\0"), block[-1], bytes(block[24:-9])
    if form in (b"q", b"d") and code == 0:
        return text(struct.unpack_from(form.decode(), data)[0])
    if re.fullmatch(rb"\d+s", form) and code in (1, 2):
        return data[: int(form[:-1])].rstrip(b"\0") + (b"\n" if code == 1 else b"")
    return None


def observe(path):
    """The text of an element, read in pieces: all are of the value that the first one took."""
    try:
        fd = os.open(path, os.O_RDONLY)
        try:
            return b"".join(iter(lambda: os.read(fd, 512), b""))
        finally:
            os.close(fd)
    except OSError as error:
        assert error.errno == errno.EIO  # "damaged": where its marks make no sense
        return None


@pytest.mark.parametrize(
    "values",
    [[0x1111111111111111, -0x2222222222222223], [1.5, -2.5e300], ["a" * 40, "b" * 40], ["a" * 4000, "b" * 3000],
     [b"\1" * 4000, b"\2" * 4000]],
    ids=["int", "float", "str", "long str", "long bytes"],
)  # fmt: skip
def test_no_value_is_torn(mnt, shm, python_session, values):
    """What is read is what was in the block. Where that Python was stopped between its stores the block itself is torn,
    and nobody can tell: so it is stopped in many places, and what is read is compared with the block. Beside a Python
    that runs, how often the system stops it is not ours to say: there no number is half of another, which no stop
    excuses."""
    py = python_session()
    python_list(py, "l", values[:1])
    py(WRITER.format(values=values, index=0))
    expected = set(map(text, values))
    is_number = isinstance(values[0], (int, float))
    seen = collections.Counter()
    for _ in range(STOPS):
        with stopped(py.pid):
            held = text_in((shm / "l").read_bytes())
            assert observe(mnt / "l/0") == held
            seen["whole" if held in expected else "between stores"] += 1
        for _ in range(READS // STOPS):
            value = observe(mnt / "l/0")
            seen[value if value in expected else "torn"] += 1
            assert not is_number or value in expected or value in (None, text(type(values[0])(0)))
    while not expected <= seen.keys():
        seen[observe(mnt / "l/0")] += 1
    py("stop.set(); thread.join()")
    print(seen)


@pytest.mark.parametrize("index", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_list_stays_one_while_its_types_change(mnt, python_session, index):
    py = python_session()
    python_list(py, "l", ["a text", "a text", "a text"])
    assert (mnt / "l").is_dir()
    py(WRITER.format(values=[0x61616161, "text", 2.5, None, True, b"\1\2\3"], index=index))
    others = {0, 1, 2} - {index}
    types = set()
    for _ in range(READS):
        for other in others:
            assert read(mnt / "l" / str(other)) == b"a text\n"
        entries = os.listdir(mnt / "l")
        assert len(entries) == 3
        types.add(entries[index])
    py("stop.set(); thread.join()")
    while len(types) < 3:
        types.add(os.listdir(mnt / "l")[index])
    assert read(mnt / "l" / str(index)) == b"\1\2\3"
