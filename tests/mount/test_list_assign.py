# SPDX-License-Identifier: Apache-2.0
"""Assigning to elements at the mount, as an attached Python sees it. Refusals: test_list_refuse.py."""

import errno
import fcntl
import os
import stat
import subprocess

import pytest

from list_support import (
    files, name, python_list, read, refused, text, texts,
    type_name, write,
)  # fmt: skip

VALUES = ["howdy", -273.154, 100, None, True, b"bytes", "a longer text of some length"]


@pytest.fixture
def py(python_session):
    """A Python that has the list `l` of VALUES."""
    session = python_session()
    python_list(session, "l", VALUES)
    return session


def shell(command, mnt):
    """Runs a command in the mount with bash; returns its status and what it complained of."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=mnt, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "index, written, expected",
    [
        (0, b"other\n", "other"), (0, b"other", "other"), (0, b"two\n\n", "two\n"),
        (0, b"\n", ""), (0, "日本".encode(), "日本"), (0, b"8 bytes!", "8 bytes!"), (0, b"8 bytes!\n", "8 bytes!"),
        (1, b"-78.5", -78.5), (1, b"1", 1.0), (1, b"1e-5\n", 1e-05), (1, b"inf", float("inf")),
        (1, b"-Infinity", float("-inf")), (1, b"nan", float("nan")), (1, b"1_000.5", 1000.5), (1, b" 2 \n", 2.0),
        (1, b"1e-400", 0.0), (1, b"0.1", 0.1),
        (2, b"7\n", 7), (2, b"-0x1F", -31), (2, b"0o17", 15), (2, b"0b101", 5), (2, b"1_000", 1000),
        (2, b"+5", 5), (2, b" 5 ", 5), (2, b"9223372036854775807", 2**63 - 1),
        (2, b"-9223372036854775808", -(2**63)),
        (3, b"None", None), (3, b"\n", None),
        (4, b"False", False), (4, b"false", False), (4, b"0", False), (4, b"true", True), (4, b"1\n", True),
        (5, b"x\n", b"x\n"), (5, b"\xff\x00\xfe", b"\xff\x00\xfe"), (5, b"12345678", b"12345678"),
        (5, b"cut\0\0", b"cut"),
    ],
)  # fmt: skip
def test_a_value_of_the_same_type(mnt, py, index, written, expected):
    path = mnt / "l" / name(VALUES, index)
    inode = path.stat().st_ino
    path.write_bytes(written)
    values = [*VALUES[:index], expected, *VALUES[index + 1 :]]
    assert py.eval("repr(list(l))") == repr(values)
    assert files(mnt / "l") == texts(values)
    assert (path.stat().st_ino, path.stat().st_size) == (inode, len(text(expected)))


@pytest.mark.parametrize("other", ["index", "padded", "negative"])
def test_writing_by_another_name_keeps_the_type(mnt, py, other):
    (mnt / "l" / {"index": "2", "padded": "002", "negative": "-5"}[other]).write_bytes(b"42\n")
    assert py.eval("l[2]") == 42
    with refused(errno.EINVAL):
        write(mnt / "l/2", b"text")
    assert py.eval("l[2]") == 42


@pytest.mark.parametrize("index", range(len(VALUES)))
@pytest.mark.parametrize("value", ["new", "", 5, 2.5, True, False, None, b"\xff"], ids=repr)
def test_a_value_of_any_type(mnt, py, index, value):
    """As a Python does it to a twin of the list: format and code too."""
    python_list(py, "twin", VALUES)
    inode = (mnt / "l" / str(index)).stat().st_ino
    write(mnt / "l" / f"{index}.{type_name(value)}", text(value))
    py(f"twin[{index}] = {value!r}")
    assert py.eval("bytes(l.shm.buf)") == py.eval("bytes(twin.shm.buf)")
    assert py.eval(f"repr(l[{index}])") == repr(value)
    values = [*VALUES[:index], value, *VALUES[index + 1 :]]
    assert files(mnt / "l") == texts(values)
    assert (mnt / "l" / name(values, index)).stat().st_ino == inode


def test_an_assigned_value_is_seen_before_close(mnt, py):
    with open(mnt / "l/2.int", "wb", buffering=0) as file:
        file.write(b"5")
        assert py.eval("l[2]") == 5
        file.write(b"6\n")
        assert py.eval("l[2]") == 56


@pytest.mark.parametrize(
    "command, index, expected",
    [
        ("echo -78.5 > l/1.float", 1, -78.5),
        ("echo dry ice > l/1.str", 1, "dry ice"),
        ("echo -n dry ice > l/0.str", 0, "dry ice"),
        (": > l/0.none", 0, None),
        ("touch l/0.none", 0, None),
        ("touch l/0.str", 0, "howdy"),
        ("echo > l/0.str", 0, ""),
        ("echo abc >> l/6.str", 6, "a longer text of some length\nabc"),
        ("printf xy >> l/0.str", 0, "howdy\nxy"),
        ("printf 0 >> l/5.bytes", 5, b"bytes0"),
        ("{ echo one; echo two; } > l/0.str", 0, "one\ntwo"),
        ("printf '%s' 'many writes' | dd bs=1 of=l/6.str status=none", 6, "many writes"),
        ("printf '%s' 日本語 | dd bs=3 of=l/6.str status=none", 6, "日本語"),
        ("head -c 8 /dev/zero | tr '\\0' x | dd bs=3 of=l/5.bytes status=none", 5, b"x" * 8),
        ("cp l/1.float l/6.str", 6, "-273.154"),
        ("cat l/2.int > l/1", 1, 100.0),
        ("truncate -s 3 l/0.str", 0, "how"),
    ],
)  # fmt: skip
def test_shell(mnt, py, command, index, expected):
    assert shell(command, mnt) == (0, "")
    values = [*VALUES[:index], expected, *VALUES[index + 1 :]]
    assert py.eval("list(l)") == values
    assert files(mnt / "l") == texts(values)


@pytest.mark.parametrize(
    "command, index, expected",
    [
        (": > l/0.str", 0, ""),
        (": > l/1.str", 1, ""),
        (": > l/5.bytes", 5, b""),
        ("touch l/1.str", 1, ""),
        ("truncate -s 0 l/0.str", 0, ""),
        ("cp /dev/null l/6.bytes", 6, b""),
    ],
)
def test_empty_texts_without_a_write(mnt, py, eventually, command, index, expected):
    """No call tells the daemon that the last close is over until it is, so that Python sees it then."""
    assert shell(command, mnt) == (0, "")
    values = [*VALUES[:index], expected, *VALUES[index + 1 :]]
    eventually(lambda: py.eval("list(l)") == values)
    assert files(mnt / "l") == texts(values)


@pytest.mark.parametrize(
    "command, index, expected",
    [
        ("printf LONGER 1<> l/6.str", 6, "LONGERer text of some length"),
        ("printf TEXT | dd of=l/6.str bs=1 seek=9 conv=notrunc status=none", 6, "a longer TEXT of some length"),
        ("printf '%s' '!' | dd of=l/6.str bs=1 seek=28 conv=notrunc status=none", 6, "a longer text of some length!"),
        ("printf '\\0' | dd of=l/5.bytes bs=1 seek=2 conv=notrunc status=none", 5, b"by\0es"),
        ("printf 日本 1<> l/6.str", 6, "日本er text of some length"),
        ("printf 7 1<> l/2.int", 2, 7),
        ("printf True 1<> l/4.bool", 4, True),
    ],
)  # fmt: skip
def test_a_write_inside_keeps_the_rest(mnt, py, command, index, expected):
    assert shell(command, mnt) == (0, "")
    assert py.eval("list(l)") == [*VALUES[:index], expected, *VALUES[index + 1 :]]


@pytest.mark.parametrize("flags", ["conv=notrunc", "", "conv=notrunc oflag=append"])
def test_a_large_text_in_pieces(mnt, py, flags, tmp_path):
    """Linear in what is written, however large the slot is: quadratic it would take minutes."""
    data = os.urandom(1 << 20).replace(b"\0", b"1")
    (tmp_path / "data").write_bytes(data)
    py("large = ShareableList([b'', b'x' * 9_900_000], name='large')")
    py("large[1] = b'start'")
    command = ["dd", "bs=512", f"if={tmp_path / 'data'}", f"of={mnt / 'large/1.bytes'}", "status=none", *flags.split()]
    subprocess.run(command, check=True)
    start = b"start" if "append" in flags else b""
    assert py.eval(f"large[1] == {start!r} + open({str(tmp_path / 'data')!r}, 'rb').read()")
    assert len(read(mnt / "large/1.bytes")) == len(start + data)


def test_flock_of_an_element(mnt, py, shm):
    """The shell's way to read, add and write. Elements lock one by one, and who locks the range takes part."""
    add = 'flock l/2.int sh -c "echo \\$((\\$(cat l/2.int) + 1)) > l/2.int"'
    assert shell(" & ".join([f"for i in $(seq 20); do {add}; done"] * 3) + "; wait", mnt) == (0, "")
    assert py.eval("l[2]") == 100 + 60
    with open(mnt / "l/2.int", "r+b") as one, open(mnt / "l/2", "rb") as same, open(mnt / "l/1.float", "r+b") as other:
        fcntl.flock(one, fcntl.LOCK_EX)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with refused(errno.EWOULDBLOCK):
            fcntl.flock(same, fcntl.LOCK_SH | fcntl.LOCK_NB)
        start = py.eval("l.shm.buf.nbytes and l._offset_data_start + l._allocated_offsets[2]")
        with open(shm / "l", "r+b") as block:
            with refused(errno.EWOULDBLOCK):
                fcntl.lockf(block, fcntl.LOCK_EX | fcntl.LOCK_NB, 8, start)
            fcntl.flock(one, fcntl.LOCK_UN)
            fcntl.lockf(block, fcntl.LOCK_EX | fcntl.LOCK_NB, 8, start)
        with refused(errno.EBADF):
            fcntl.flock(same, fcntl.LOCK_EX)
        fcntl.flock(same, fcntl.LOCK_SH)


@pytest.mark.parametrize("size", [512, 513, 1000, 4096])
@pytest.mark.parametrize("value", ["日" * 1300, "é🐍x" * 500, "x" + "é" * 2000], ids=["日", "é🐍x", "xé"])
def test_pieces_that_cut_characters(mnt, py, size, value):
    python_list(py, "long", ["x" * 4500])
    command = ["dd", f"bs={size}", f"of={mnt / 'long/0.str'}", "status=none"]
    subprocess.run(command, input=value.encode(), check=True)
    assert py.eval("long[0]") == value


@pytest.mark.parametrize(
    "index, other, expected",
    [(2, "str", "100"), (2, "float", 100.0), (2, "bytes", b"100"), (1, "str", "-273.154"), (3, "str", "None"),
     (4, "int", 1), (4, "float", 1.0), (4, "str", "True"), (4, "bytes", b"True"), (0, "bytes", b"howdy"),
     (5, "str", "bytes"), (0, "str", "howdy"), (3, "none", None)],
)  # fmt: skip
@pytest.mark.parametrize("source", ["{index}.{type}", "{index}", "00{index}.{type}"])
def test_mv_converts(mnt, py, index, other, expected, source):
    path = mnt / "l" / str(index)
    inode = path.stat().st_ino
    source = mnt / "l" / source.format(index=index, type=type_name(VALUES[index]))
    os.rename(source, mnt / "l" / f"{index}.{other}")
    values = [*VALUES[:index], expected, *VALUES[index + 1 :]]
    assert py.eval("list(l)") == values
    assert files(mnt / "l") == texts(values)
    assert path.stat().st_ino == inode


def test_mv_of_texts_that_are_numbers(mnt, py):
    py("l[0] = '0x1f'; l[5] = b'True'")
    assert shell("mv l/0.str l/0.int; mv l/5.bytes l/5.bool; mv l/1.float l/1.str", mnt) == (0, "")
    assert py.eval("(l[0], l[5], l[1])") == (31, True, "-273.154")


def test_a_typed_name_ends_with_its_type(mnt, py):
    path = mnt / "l/2.int"
    with open(path, "rb") as opened:
        write(mnt / "l/2.str", b"text")
        assert not os.path.lexists(path)
        assert opened.read() == b"text\n"
    write(path, b"3\n")
    assert read(path) == b"3\n"
    assert py.eval("l[2]") == 3


@pytest.mark.parametrize("target", ["l/0.str", "l/.shm"])
def test_chmod_of_an_element_or_the_block_is_the_blocks(mnt, py, shm, eventually, target):
    (mnt / target).chmod(0o640)
    assert stat.S_IMODE((shm / "l").stat().st_mode) == 0o640
    eventually(lambda: stat.filemode((mnt / "l").stat().st_mode) == "dr-xr-x---")
    assert stat.filemode((mnt / "l/2.int").stat().st_mode) == "-rw-r-----"
    assert py.eval("l[0]") == "howdy"


@pytest.mark.parametrize("mode, block", [(0o555, 0o644), (0o500, 0o600), (0o550, 0o640), (0o444, 0o644)])
def test_chmod_of_a_list_is_for_reading(mnt, py, shm, mode, block):
    (mnt / "l").chmod(mode)
    assert stat.S_IMODE((shm / "l").stat().st_mode) == block
    assert len(files(mnt / "l")) == py.eval("len(l)")


def test_chown_and_times(mnt, py, shm):
    os.chown(mnt / "l", 1234, 5678)
    os.utime(mnt / "l/1.float", (1000, 2000))
    block = (shm / "l").stat()
    assert (block.st_uid, block.st_gid, block.st_mtime) == (1234, 5678, 2000)
    assert (mnt / "l/0.str").stat().st_uid == 1234
    assert py.eval("l[0]") == "howdy"


def test_a_created_name_is_found_before_it_is_written(mnt, py):
    """As an SFTP server looks for what it has just created."""
    fd = os.open(mnt / "l/0.int", os.O_CREAT | os.O_WRONLY, 0o600)
    assert (mnt / "l/0.int").stat().st_size == 0
    os.close(fd)
    assert not os.path.lexists(mnt / "l/0.int")
    assert read(mnt / "l/0.str") == b"howdy\n"
    assert py.eval("l[0]") == "howdy"
