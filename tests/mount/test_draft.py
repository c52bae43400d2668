# SPDX-License-Identifier: Apache-2.0
"""Drafts: making a list with mkdir, files, and chmod a-w."""

import errno
import os
import random
import stat
import subprocess

import pytest

from harness import listed
from list_support import (
    EVERY_TYPE, brief, files, make_draft, name, names, python_block, python_list, python_values, read, refused, seal,
    text, texts, type_name, write,
)  # fmt: skip


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.fixture
def draft(mnt):
    """An empty draft."""
    (mnt / "d").mkdir()
    return mnt / "d"


def list_file(shm, title):
    """The bytes of a list's block."""
    assert (shm / title).is_file()
    return (shm / title).read_bytes()


def test_a_draft_is_a_directory_in_the_backing(mnt, shm):
    (mnt / "d").mkdir(0o750)
    assert os.listdir(mnt) == listed(shm) == ["d"]
    assert stat.filemode((mnt / "d").stat().st_mode) == stat.filemode((shm / "d").stat().st_mode) == "drwxr-x---"
    assert "user.shmount.draft" in os.listxattr(shm / "d")
    assert os.listxattr(mnt / "d") == []
    with refused(errno.EEXIST):
        (mnt / "d").mkdir()
    (mnt / "d").rmdir()
    assert listed(shm) == []


def test_other_directories_do_not_show(mnt, shm):
    (shm / "other").mkdir()
    (shm / "other/0.int").write_text("1")
    assert os.listdir(mnt) == []
    assert not os.path.lexists(mnt / "other")
    with refused(errno.EEXIST):
        (mnt / "other").mkdir()


@pytest.mark.parametrize("padding", [0, 2, 9], ids=["bare", "padded", "wide"])
def test_every_type_in_any_order(mnt, draft, py, shm, padding):
    order = list(range(len(EVERY_TYPE)))
    random.Random(padding).shuffle(order)
    for index in order:
        write(draft / f"{index:0{padding}}.{type_name(EVERY_TYPE[index])}", text(EVERY_TYPE[index]))
    seal(draft)
    assert list_file(shm, "d") == python_block(py, EVERY_TYPE)
    assert python_values(py, "d") == repr(EVERY_TYPE)
    assert os.listdir(draft) == names(EVERY_TYPE)
    assert files(draft) == texts(EVERY_TYPE)
    assert os.listdir(mnt) == listed(shm) == ["d"]


@pytest.mark.parametrize("value", EVERY_TYPE + ["x" * length for length in (7, 8, 9, 15, 16)], ids=brief)
def test_one_value(draft, py, shm, value):
    write(draft / name([value], 0), text(value))
    seal(draft)
    assert list_file(shm, "d") == python_block(py, [value])


@pytest.mark.parametrize(
    "entry, data, value",
    [("0.int", b"0x10", 16), ("0.float", b" 1_0 ", 10.0), ("0.bool", b"1", True), ("0.none", b"", None),
     ("0.str", b"", ""), ("0.str", b"no newline", "no newline"), ("0.bytes", b"nuls\0\0\0\0\0", b"nuls\0\0\0\0\0")],
)  # fmt: skip
def test_other_texts_of_a_value(draft, py, shm, entry, data, value):
    write(draft / entry, data)
    assert read(draft / entry) == data
    seal(draft)
    assert list_file(shm, "d") == python_block(py, [value])


def test_slots_are_as_large_as_the_bytes(draft, py):
    """CPython counts characters, and cuts this text."""
    values = ["é" * 7, "日本語日本語", "🐍" * 100]
    for index, value in enumerate(values):
        write(draft / f"{index}.str", text(value))
    seal(draft)
    assert python_values(py, "d") == repr(values)
    python_list(py, "twin", [len(value.encode()) * "x" for value in values])
    assert py.eval("ShareableList(name='d').format") == py.eval("twin.format")


@pytest.mark.parametrize("count", [0, 1, 10, 11, 1000])
def test_counts(mnt, py, shm, count):
    values = [EVERY_TYPE[index % len(EVERY_TYPE)] for index in range(count)]
    make_draft(mnt / "d", values)
    seal(mnt / "d")
    assert list_file(shm, "d") == python_block(py, values)
    assert (mnt / "d").is_dir()
    assert os.listdir(mnt / "d") == names(values)
    assert ("user.shmount.list" in os.listxattr(shm / "d")) == (count == 0)


def by_fchmod(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fchmod(fd, 0o500)
    element = os.open("0.int", os.O_RDONLY, dir_fd=fd)  # the open directory goes on as the list
    assert os.read(element, 9) == b"5\n"
    os.close(element)
    os.close(fd)


def by_command(*command):
    return lambda path: subprocess.run([*command, path], check=True)


@pytest.mark.parametrize(
    "seal_by",
    [lambda path: path.chmod(0o555), lambda path: path.chmod(0), by_fchmod, by_command("chmod", "a-w"),
     by_command("install", "-d", "-m", "0555")],
    ids=["0555", "0", "fchmod", "chmod a-w", "install -d"],
)  # fmt: skip
def test_ways_to_seal(draft, py, shm, seal_by):
    write(draft / "0.int", b"5")
    draft.chmod(0o770)  # not a seal
    assert (shm / "d").is_dir()
    seal_by(draft)
    assert list_file(shm, "d") == python_block(py, [5])
    assert stat.filemode(draft.stat().st_mode) == "dr-x------"


@pytest.mark.parametrize("mode", [0o555, 0o550, 0o500, 0])
def test_what_is_made_without_a_write_bit_is_an_empty_list(mnt, py, shm, mode):
    """tar, rsync and install make it so. The first file makes it a draft (test_thaw.py)."""
    subprocess.run(["mkdir", "-m", f"{mode:o}", mnt / "e"], check=True)
    assert list_file(shm, "e") == bytes(16)
    assert stat.S_IMODE((mnt / "e").stat().st_mode) == mode | 0o500
    assert py.eval("len(ShareableList(name='e'))") == 0
    assert os.listdir(mnt / "e") == []
    (mnt / "e").rmdir()
    assert listed(shm) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_the_block_gets_the_mode_of_the_first_elements_file(mnt, shm, mode):
    make_draft(mnt / "d", [1, 2])
    (mnt / "d/0.int").chmod(mode)
    (mnt / "d/1.int").chmod(0o606)
    seal(mnt / "d")
    assert stat.S_IMODE((shm / "d").stat().st_mode) == mode


def test_the_block_gets_the_owner_of_the_draft(mnt, shm):
    make_draft(mnt / "d", [1, 2])
    os.chown(mnt / "d", 1234, 5678)
    seal(mnt / "d")
    assert ((shm / "d").stat().st_uid, (shm / "d").stat().st_gid) == (1234, 5678)


def test_rename_and_unlink_inside(mnt, draft, py):
    for entry, data in (("0.int", b"5"), ("1.str", b"text"), ("tmp", b"2.5"), ("2.bytes", b"b")):
        write(draft / entry, data)
    (draft / "tmp").rename(draft / "1.float")
    (draft / "1.str").unlink()
    (draft / "0.int").rename(draft / "0.str")
    (draft / "2.bytes").rename(draft / "02.bytes")
    assert sorted(os.listdir(draft)) == ["0.str", "02.bytes", "1.float"]
    (draft / "02.bytes").rename(draft / "0.str")
    with refused(errno.ENOENT):
        (draft / "02.bytes").stat()
    seal(draft)
    assert python_values(py, "d") == repr(["b", 2.5])
    assert os.listdir(mnt / "d") == ["0.str", "1.float"]


def test_a_sealed_list_is_live(mnt, py):
    make_draft(mnt / "d", [1, "text"])
    with open(mnt / "d/1.str", "rb") as before:
        seal(mnt / "d")
        assert before.read() in (b"text\n", b"")
    write(mnt / "d/0.int", b"7")
    py("d = ShareableList(name='d')")
    assert py.eval("list(d)") == [7, "text"]
    py("d[1] = 'new'")
    assert read(mnt / "d/1.str") == b"new\n"
    with refused(errno.EPERM):
        write(mnt / "d/2.int", b"1")
