# SPDX-License-Identifier: Apache-2.0
"""Lists that a Python made, read at the mount."""

import os
import stat
import struct

import pytest

from harness import MANY
from list_support import (
    EVERY_TYPE, as_v1, files, name, names, python_block, python_list, read, refused, text, texts, write,
)  # fmt: skip


@pytest.fixture
def py(python_session):
    return python_session()


def values_of(count):
    return [EVERY_TYPE[index % len(EVERY_TYPE)] for index in range(count)]


@pytest.mark.parametrize("count", [1, 2, 10, 11, 100, 101])
def test_elements_are_listed_in_order_with_padded_names(mnt, py, count):
    python_list(py, "l", values_of(count))
    assert os.listdir(mnt / "l") == names(values_of(count))
    assert sorted(os.listdir(mnt / "l")) == os.listdir(mnt / "l")  # as a glob has it


@pytest.mark.parametrize("layout", [1, 2])
def test_text_of_every_type(mnt, py, shm, layout):
    block = python_block(py, EVERY_TYPE)
    (shm / "l").write_bytes(block if layout == 2 else as_v1(block))
    assert files(mnt / "l") == texts(EVERY_TYPE)


def test_texts_that_python_cannot_decode_show_their_bytes(mnt, py):
    python_list(py, "l", ["日本語日本語", b"tail\0\0", "tail\0\0"])
    assert files(mnt / "l") == {
        "0.str": "日本語日本語".encode()[:8] + b"\n",
        "1.bytes": b"tail",
        "2.str": b"tail\n",
    }


@pytest.mark.parametrize("index", [0, 7, 10])
def test_other_names_of_an_element(mnt, py, index):
    values = [f"value {each}" for each in range(11)]
    python_list(py, "l", values)
    listed = mnt / "l" / name(values, index)
    for other in (f"{index}", f"{index:02}", f"{index:09}", f"{index - 11}", f"{index}.str", f"{index:04}.str"):
        path = mnt / "l" / other
        assert read(path) == text(values[index]), other
        assert path.stat() == listed.stat(), other
        assert other == listed.name or other not in os.listdir(mnt / "l")


@pytest.mark.parametrize(
    "other",
    ["11", "-12", "-0", "0.int", "+1", " 1", "1.", "1.STR", "0x1", "x", "1.str.str", "18446744073709551616",
     "18446744073709551617.str", ".values2", "--1", "-1.str"],
)  # fmt: skip
def test_names_of_no_element(mnt, py, other):
    python_list(py, "l", [f"value {each}" for each in range(11)])
    assert not os.path.lexists(mnt / "l" / other)


def test_stat(mnt, py, shm):
    python_list(py, "l", EVERY_TYPE)
    (shm / "l").chmod(0o640)
    os.utime(shm / "l", (1000, 2000))
    block = (shm / "l").stat()
    directory = (mnt / "l").stat()
    assert stat.filemode(directory.st_mode) == "dr-xr-x---"
    assert (directory.st_uid, directory.st_gid, directory.st_mtime) == (block.st_uid, block.st_gid, 2000)
    for entry, data in texts(EVERY_TYPE).items():
        element = (mnt / "l" / entry).stat()
        assert stat.filemode(element.st_mode) == "-rw-r-----"
        assert (element.st_size, element.st_nlink, element.st_mtime) == (len(data), 1, 2000)
    assert len({(mnt / "l" / entry).stat().st_ino for entry in names(EVERY_TYPE)}) == len(EVERY_TYPE)


@pytest.mark.parametrize("mode, shown", [(0o600, 0o500), (0o666, 0o555), (0o444, 0o555), (0o604, 0o505)])
def test_mode_follows_the_block(mnt, py, shm, eventually, mode, shown):
    python_list(py, "l", ["value"])
    assert stat.S_IMODE((mnt / "l").stat().st_mode) == 0o500
    (shm / "l").chmod(mode)
    eventually(lambda: stat.S_IMODE((mnt / "l").stat().st_mode) == shown)
    assert stat.S_IMODE((mnt / "l/0.str").stat().st_mode) == mode


def test_an_element_keeps_its_inode_when_its_type_changes(mnt, py):
    python_list(py, "l", ["text", 2])
    before = (mnt / "l/0.str").stat().st_ino
    with open(mnt / "l/0", "rb") as opened:
        py("l[0] = 2.5")
        assert (mnt / "l/0.float").stat().st_ino == before
        assert (mnt / "l/0").stat().st_ino == os.fstat(opened.fileno()).st_ino == before
        assert opened.read() == b"2.5\n"
    assert not os.path.lexists(mnt / "l/0.str")
    assert os.listdir(mnt / "l") == ["0.float", "1.int"]


def test_what_python_assigns_is_read_at_once(mnt, py):
    python_list(py, "l", [0, "text"])
    for number in range(20):
        py(f"l[0] = {number}; l[1] = 'x' * {number % 8}")
        assert files(mnt / "l") == texts([number, "x" * (number % 8)])
        assert (mnt / "l/1.str").stat().st_size == number % 8 + 1


def test_an_open_file_reads_the_new_value_from_its_start(mnt, py):
    python_list(py, "l", ["old old"])
    fd = os.open(mnt / "l/0.str", os.O_RDONLY)
    assert os.read(fd, 4) == b"old "
    py("l[0] = 'new'")
    assert os.read(fd, 9) == b"old\n"  # the value that the read at the start took
    assert os.read(fd, 9) == b""
    assert os.pread(fd, 9, 0) == b"new\n"
    os.close(fd)


def test_format_and_shm(any_mnt, py):
    python_list(py, "l", EVERY_TYPE)
    assert read(any_mnt / "l/.format") == py.eval("l.format").encode() + b"\n"
    assert read(any_mnt / "l/.shm") == py.eval("bytes(l.shm.buf)")
    assert (any_mnt / "l/.shm").stat().st_size == py.eval("l.shm.size")
    assert not [entry for entry in os.listdir(any_mnt / "l") if entry.startswith(".")]


def test_what_is_stored_in_the_raw_block_is_assigned(any_mnt, py):
    python_list(py, "l", [1, 2])
    with open(any_mnt / "l/.shm", "r+b", buffering=0) as block:
        block.seek(8 * 4)
        block.write(struct.pack("q", 17))
    assert py.eval("l[0]") == 17
    assert read(any_mnt / "l/0.int") == b"17\n"


def escaped(value):
    def escape(char):
        if char in "\\\t\n\r":
            return {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}[char]
        if isinstance(value, bytes) and char > "~" or char < " " or "\x7f" <= char < "\xa0":
            encoding = "latin-1" if isinstance(value, bytes) else "utf-8"
            return "".join(f"\\x{byte:02x}" for byte in char.encode(encoding))
        return char

    if isinstance(value, (str, bytes)):
        return "".join(map(escape, value.decode("latin-1") if isinstance(value, bytes) else value))
    return str(value)


def test_values(mnt, py):
    values = EVERY_TYPE + ["\x85\x7f\x1b[31m", bytes(range(1, 256))]
    python_list(py, "l", values)
    lines = [f"{index}\t{type_}\t{escaped(value)}\n" for index, (type_, value) in
             enumerate(zip([entry.split(".")[1] for entry in names(values)], values))]  # fmt: skip
    assert read(mnt / "l/.values").decode() == "".join(lines)
    fd = os.open(mnt / "l/.values", os.O_RDONLY)
    assert b"".join(iter(lambda: os.read(fd, 7), b"")).decode() == "".join(lines)
    assert os.pread(fd, 9, 0).decode() == "".join(lines)[:9]
    os.close(fd)


@pytest.mark.parametrize("hidden", [".format", ".values"])
def test_hidden_files_cannot_be_written(mnt, py, shm, hidden):
    python_list(py, "l", [1, 2])
    before = (shm / "l").read_bytes()
    with refused(1, 13):
        write(mnt / "l" / hidden, b"q")
    assert stat.S_IMODE((mnt / "l" / hidden).stat().st_mode) == 0o400
    assert (shm / "l").read_bytes() == before


def test_very_many_elements(mnt, py, shm):
    python_list(py, "l", f"range({MANY})")
    expected = names(range(MANY))
    assert os.listdir(mnt / "l") == expected
    assert [entry.name for entry in os.scandir(mnt / "l") if entry.stat().st_size < 2] == []
    for index in (0, 1, MANY // 2, MANY - 1):
        assert read(mnt / "l" / expected[index]) == read(mnt / "l" / str(index)) == b"%d\n" % index
        assert read(mnt / "l" / str(index - MANY)) == b"%d\n" % index
    lines = read(mnt / "l/.values").splitlines()
    assert lines == [b"%d\tint\t%d" % (index, index) for index in range(MANY)]
    assert read(mnt / "l/.format") == b"q" * MANY + b"\n"
    write(mnt / f"l/{MANY - 1}.int", b"-5")
    assert py.eval("(l[-2], l[-1])") == (MANY - 2, -5)
    assert read(mnt / "l/.shm") == (shm / "l").read_bytes()
