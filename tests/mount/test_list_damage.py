# SPDX-License-Identifier: Apache-2.0
"""What is and is no list, and damage."""

import errno
import os
import struct

import pytest

from list_support import (
    EVERY_TYPE, as_v1, files, names, python_block, python_list, read, refused, text, texts, write,
)  # fmt: skip

MARK = "user.shmount.list"


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.mark.parametrize("size", [8, 16])
def test_zeros_are_an_empty_list_only_where_they_are_marked(mnt, shm, eventually, size):
    (shm / "counter").write_bytes(bytes(size))
    assert (mnt / "counter").is_file()
    assert read(mnt / "counter") == bytes(size)
    os.setxattr(shm / "counter", MARK, b"")
    eventually((mnt / "counter").is_dir)
    assert os.listdir(mnt / "counter") == []
    assert read(mnt / "counter/.values") == b""
    assert read(mnt / "counter/.format") == b"\n"
    os.removexattr(shm / "counter", MARK)
    eventually((mnt / "counter").is_file)


def test_the_mark_makes_no_list_of_another_block(mnt, shm):
    for title, block in {"a": bytes(24), "b": b"\1" + bytes(15), "c": b"", "d": bytes(4096)}.items():
        (shm / title).write_bytes(block)
        os.setxattr(shm / title, MARK, b"")
        assert (mnt / title).is_file()
        assert read(mnt / title) == block


class Block:
    """A V2 block of the values, to be damaged."""

    def __init__(self, py, values):
        self.bytes = bytearray(python_block(py, values))
        self.count = len(values)
        self.formats = len(self.bytes) - 9 * self.count
        self.codes = len(self.bytes) - self.count

    def format(self, index, word):
        struct.pack_into("8s", self.bytes, self.formats + 8 * index, word)

    def code(self, index, code):
        self.bytes[self.codes + index] = code

    def offset(self, index, offset):
        struct.pack_into("q", self.bytes, 8 + 8 * index, offset)


VALUES = [1, 2.5, "text", b"bytes", 5]

DAMAGE = {
    "no format": (lambda block: block.format(1, b"\7"), [1]),
    "zero format": (lambda block: block.format(2, b""), [2]),
    "long format": (lambda block: block.format(2, b"16s"), [2]),
    "huge format": (lambda block: block.format(3, b"9999999s"), [3]),
    "unknown code": (lambda block: block.code(2, 9), [2]),
    "code of another type": (lambda block: block.code(1, 1), [1]),
    "two": (lambda block: (block.format(1, b"%n"), block.format(3, b"-8s")), [1, 3]),
    "odd offset": (lambda block: block.offset(2, 13), [1, 2]),
    "offset past the data": (lambda block: block.offset(2, 1 << 40), [1, 2]),
    "negative offset": (lambda block: block.offset(3, -8), [2, 3]),
}


@pytest.mark.parametrize("damage, hurt", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_element_is_eio_and_the_others_work(mnt, py, shm, damage, hurt):
    block = Block(py, VALUES)
    damage(block)
    (shm / "l").write_bytes(block.bytes)
    assert len(os.listdir(mnt / "l")) == len(VALUES)
    for index, value in enumerate(VALUES):
        if index in hurt:
            with refused(errno.EIO):
                read(mnt / "l" / str(index))
        else:
            assert read(mnt / "l" / names(VALUES)[index]) == text(value)
            write(mnt / "l" / names(VALUES)[index], text(value))
    lines = read(mnt / "l/.values").splitlines()
    assert [index for index in range(5) if lines[index] == b"%d\tdamaged\t" % index] == hurt
    assert (shm / "l").read_bytes() == block.bytes


def test_a_damaged_element_shows_by_its_index_and_is_repaired_by_assigning(mnt, py, shm):
    block = Block(py, VALUES)
    whole = bytes(block.bytes)
    block.format(1, b"\7")
    (shm / "l").write_bytes(block.bytes)
    assert os.listdir(mnt / "l") == ["0.int", "1", "2.str", "3.bytes", "4.int"]
    write(mnt / "l/1.float", b"2.5\n")
    assert files(mnt / "l") == texts(VALUES)
    assert (shm / "l").read_bytes() == whole


@pytest.mark.parametrize(
    "damage",
    [lambda block: block.offset(5, 48), lambda block: block.offset(0, 8), lambda block: block.bytes.append(0),
     lambda block: block.bytes.pop()],
    ids=["last offset", "first offset", "a byte more", "a byte less"],
)  # fmt: skip
def test_a_list_that_stops_being_one_is_a_file(mnt, py, shm, eventually, damage):
    block = Block(py, VALUES)
    (shm / "l").write_bytes(block.bytes)
    assert files(mnt / "l") == texts(VALUES)
    damage(block)
    (shm / "l").write_bytes(block.bytes)
    eventually((mnt / "l").is_file)
    assert read(mnt / "l") == block.bytes


@pytest.mark.parametrize("index", [0, 4], ids=["first", "last"])
def test_a_list_with_a_damaged_format_stays_one(mnt, py, shm, index):
    """Its writer may be stopped amid the bytes of a format."""
    block = Block(py, VALUES)
    (shm / "l").write_bytes(block.bytes)
    assert files(mnt / "l") == texts(VALUES)
    block.format(index, b"\7")
    with open(shm / "l", "r+b") as file:
        file.write(block.bytes)
    with pytest.raises(OSError, match="Input/output error"):
        read(mnt / "l" / str(index))
    assert read(mnt / "l" / "2.str") == dict(texts(VALUES))["2.str"]


@pytest.mark.parametrize("layout", [1, 2])
def test_a_block_that_becomes_a_list_is_a_directory(mnt, py, shm, eventually, layout):
    block = python_block(py, EVERY_TYPE)
    block = block if layout == 2 else as_v1(block)
    with open(shm / "l", "wb") as file:
        file.truncate(len(block))
        assert (mnt / "l").is_file()
        file.write(block)
    eventually((mnt / "l").is_dir)
    assert files(mnt / "l") == texts(EVERY_TYPE)


def test_what_a_python_left_of_an_int_overflow(mnt, py):
    python_list(py, "l", ["text", 2.5])
    for index in range(2):
        with pytest.raises(Exception, match="int|argument|format"):
            py(f"l[{index}] = 2**70")
    assert files(mnt / "l") == texts([0, 0])
