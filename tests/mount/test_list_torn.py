# SPDX-License-Identifier: Apache-2.0
"""Reading beside a Python that writes in a loop."""

import collections
import errno
import os
import pathlib
import re
import struct

import pytest

from list_support import python_list, read, text

READS = 3000

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


def give_it_a_processor_of_its_own(py, mnt):
    """So that no read of ours is what stops it in the middle of its stores."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) > 1:
        for process, own in ((py.pid, processors[-1:]), (mnt.pid, processors[:-1])):
            for task in pathlib.Path(f"/proc/{process}/task").iterdir():
                os.sched_setaffinity(int(task.name), own)


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
    """Where the system stops that Python in the middle of its stores, the block itself is torn for as
    long, and nobody can tell: that is excused, as far as the block shows it before or after the
    read. What remains are the stops in between, a few in a hundred reads on a busy machine."""
    py = python_session()
    python_list(py, "l", values[:1])
    py(WRITER.format(values=values, index=0))
    give_it_a_processor_of_its_own(py, mnt)
    expected = set(map(text, values))
    seen = collections.Counter()
    for _ in range(READS):
        before = text_in((shm / "l").read_bytes())
        value = observe(mnt / "l/0")
        after = text_in((shm / "l").read_bytes())
        seen[value if value in expected else "excused" if value in (before, after) else "torn"] += 1
        if isinstance(values[0], (int, float)):  # no number is ever half of another
            assert value in expected or value in (None, text(type(values[0])(0)))
    py("stop.set(); thread.join()")
    assert expected <= seen.keys()
    assert seen["torn"] <= READS / 10, seen


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
    assert len(types) > 2
    assert read(mnt / "l" / str(index)) == b"\1\2\3"
