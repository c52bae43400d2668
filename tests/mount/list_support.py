# SPDX-License-Identifier: Apache-2.0
"""Lists for the tests: values, the files that show them, and the blocks of running Pythons."""

import contextlib
import ctypes
import errno
import os
import struct
from math import inf, nan

import pytest

from harness import LIBC

EVERY_TYPE = [
    0, 100, -(2**63), 2**63 - 1,
    3.5, -273.154, -0.0, 1e16, 123456789012345.6, 1e-05, 0.0001, 5e-324, 1.7976931348623157e308, 0.1,
    inf, -inf, nan,
    True, False, None,
    "howdy", "", "été", "日本", "🐍", "1", " blanks ", "tab\tback\\slash", "a\nb", "x" * 8, "y" * 100,
    "newline\n", "\n", "three\n\n\n", "cr\r\n",
    b"", b"\x00\xff\x01", b"bytes", b"newline\n", b"\n\n", bytes(range(1, 256)),
]  # fmt: skip


def type_name(value):
    return "none" if value is None else type(value).__name__


def brief(value):
    """A short id for a parameter."""
    return ascii(value)[:24] if isinstance(value, (str, bytes)) else None


def text(value):
    """The text of an element file with `value`."""
    if isinstance(value, bytes):
        return value
    return f"{value}\n".encode()


def name(values, index):
    """The name under which an element is listed."""
    return f"{index:0{len(str(len(values) - 1))}}.{type_name(values[index])}"


def names(values):
    return [name(values, index) for index in range(len(values))]


def files(directory):
    """The names in a directory, in its order, and the content of the files."""
    return {entry: read(os.path.join(directory, entry)) for entry in os.listdir(directory)}


def texts(values):
    """The files() of a list of `values`."""
    return dict(zip(names(values), map(text, values)))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    """Writes all of `data` in one write(), whose errors it raises."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        assert os.write(fd, data) == len(data)
    finally:
        os.close(fd)


def make_draft(path, values, mode=0o700):
    """A directory, at the mount or elsewhere, with the files of a list."""
    path.mkdir(mode)
    for entry, value in zip(names(values), values):
        write(path / entry, text(value))


def seal(path):
    path.chmod(0o500)


@contextlib.contextmanager
def refused(*codes):
    """Checks that the block of code fails with one of these errnos."""
    with pytest.raises(OSError) as caught:
        yield
    expected = [errno.errorcode[code] for code in codes]
    assert errno.errorcode[caught.value.errno] in expected


def python_list(py, title, values):
    """Makes a running Python create the list `title`, which is then a variable there too."""
    source = values if isinstance(values, str) else repr(values)
    py(f"from math import inf, nan; {title} = ShareableList({source}, name={title!r})")


def python_block(py, values):
    """The bytes of the block that a running Python builds of `values`."""
    python_list(py, "as_python_builds", values)
    block = py.eval("bytes(as_python_builds.shm.buf)")
    py("as_python_builds.shm.close(); as_python_builds.shm.unlink()")
    return block


def python_values(py, title):
    """The values that a Python which attaches to a list now reads, as a repr: so nan equals itself."""
    return py.eval(f"repr(list(ShareableList(name={title!r})))")


def as_v1(block):
    """Converts a block of CPython 3.9 and later to the layout of 3.8."""
    (count,) = struct.unpack_from("q", block)
    offsets = struct.unpack_from(f"{count + 1}q", block, 8)
    sizes = [end - begin for begin, end in zip(offsets, offsets[1:])]
    return struct.pack(f"{count + 1}q", count, *sizes) + block[8 * (count + 2) :]


class Events:
    """The events in a directory, by inotify. The kernel queues an event before the call that caused it returns, so
    there is no need to wait."""

    NAMES = {0x2: "modify", 0x40: "moved from", 0x80: "moved to", 0x100: "create", 0x200: "delete"}

    def __init__(self, directory):
        self._fd = LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        mask = sum(self.NAMES)
        if LIBC.inotify_add_watch(self._fd, ctypes.c_char_p(os.fsencode(directory)), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def take(self):
        """The (event, name) pairs since the last call."""
        found = []
        while True:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                return found
            while data:
                _, mask, _, length = struct.unpack_from("iIII", data)
                entry = os.fsdecode(data[16 : 16 + length].rstrip(b"\0"))
                found.append((self.NAMES[mask & sum(self.NAMES)], entry))
                data = data[16 + length :]

    def close(self):
        os.close(self._fd)
