# SPDX-License-Identifier: Apache-2.0
"""Snapshot and restore of lists with the tools that copy directories."""

import errno
import os
import pathlib
import stat
import subprocess

import pytest

from harness import MANY, listed
from list_support import (
    EVERY_TYPE, as_v1, files, make_draft, names, python_block, python_list, python_values, read, refused, seal, texts, write,
)  # fmt: skip

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"

# Each copies the directory $1 into the directory $2.
TOOLS = {
    "cp -a": 'cp -a "$1" "$2"',
    "cp -r": 'cp -r "$1" "$2"',
    "tar": 'tar c -C "$(dirname "$1")" "$(basename "$1")" | tar x -C "$2"',
    "rsync -a": 'rsync -a "$1" "$2"',
}

VALUES = {
    "every type": EVERY_TYPE,
    "newlines": ["\n", "a\n", "\n\n\n", b"\n", b"a\n\n", "", b"", "a\nb\n"],
    "empty strings": ["", "", b"", ""],
    "0": [],
    "1": [42],
    "10": [0.5] * 10,
    "11": [EVERY_TYPE[-index] for index in range(11)],
    "1000": [EVERY_TYPE[index % len(EVERY_TYPE)] for index in range(1000)],
}


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.fixture(params=TOOLS.values(), ids=TOOLS.keys())
def copy(request):
    """copy(source, into) by each of the tools."""
    return lambda source, into: run(request.param, source, into)


def run(tool, source, into):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", tool, "bash", source, into],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("value", ["日本語", "x" + "é" * 6, "x" + "🐍" * 3, "x" + "日本語" * 1000], ids=len)
def test_a_str_that_python_cut_within_a_character(mnt, py, tmp_path, copy, value):
    """It is no UTF-8, and shows and comes back as the bytes that it is."""
    python_list(py, "l", [value, 1])
    assert value.encode().startswith(read(mnt / "l/0.str")[:-1])
    saved = files(mnt / "l")
    copy(mnt / "l", tmp_path)
    os.rename(mnt / "l", mnt / "original")
    copy(tmp_path / "l", mnt)
    assert files(mnt / "l") == saved
    assert py.eval("ShareableList(name='l')[1]") == 1
    with refused(errno.EILSEQ):
        write(mnt / "l/0.str", saved["0.str"])
    assert files(mnt / "l") == saved


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
def test_snapshot_and_restore(mnt, py, shm, tmp_path, eventually, copy, values):
    python_list(py, "l", values)
    if not values:
        os.setxattr(shm / "l", "user.shmount.list", b"")
        eventually((mnt / "l").is_dir)
    save = tmp_path / "save"
    save.mkdir()
    copy(mnt / "l", save)
    assert sorted(os.listdir(save / "l")) == names(values)
    assert files(save / "l").items() == texts(values).items()
    assert mode(save / "l") == 0o500
    py("l.shm.close(); l.shm.unlink()")
    eventually(lambda: not (mnt / "l").exists())

    copy(save / "l", mnt)
    assert (shm / "l").is_file()
    assert (shm / "l").read_bytes() == python_block(py, values)
    assert mode(shm / "l") == 0o600
    assert python_values(py, "l") == repr(values)
    assert os.listdir(mnt / "l") == names(values)
    assert listed(shm) == ["l"]


@pytest.mark.parametrize("values", [EVERY_TYPE, []], ids=["every type", "0"])
def test_files_that_were_never_a_list(mnt, py, shm, tmp_path, copy, values):
    make_draft(tmp_path / "new", values)
    copy(tmp_path / "new", mnt)
    assert (shm / "new").is_dir()
    assert files(mnt / "new") == files(tmp_path / "new")
    subprocess.run(["chmod", "a-w", mnt / "new"], check=True)
    assert (shm / "new").read_bytes() == python_block(py, values)


@pytest.fixture
def other_backing(tmp_path):
    path = tmp_path / "backing"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


def test_from_one_mount_to_another(other_backing, mounts, python_session, shm, copy):
    py = python_session()
    here, there = mounts(), mounts(backing=other_backing)
    python_list(py, "l", EVERY_TYPE)
    copy(here / "l", there)
    assert (other_backing / "l").read_bytes() == (shm / "l").read_bytes()


def test_very_many_elements_by_cp(mnt, py, shm, tmp_path):
    python_list(py, "l", f"range({MANY})")
    run(TOOLS["cp -a"], mnt / "l", tmp_path)
    assert len(os.listdir(tmp_path / "l")) == MANY
    assert read(tmp_path / f"l/{MANY - 1}.int") == b"%d\n" % (MANY - 1)
    py("block = bytes(l.shm.buf); l.shm.close(); l.shm.unlink()")
    run(TOOLS["cp -a"], tmp_path / "l", mnt)
    assert (shm / "l").read_bytes() == py.eval("block")
    (mnt / "l/.shm").unlink()


def test_a_copy_keeps_modes_owners_and_times(mnt, py, shm, tmp_path):
    python_list(py, "l", [1, "text"])
    (shm / "l").chmod(0o640)
    os.chown(shm / "l", 1234, 5678)
    os.utime(shm / "l", (1000, 2000))
    run(TOOLS["cp -a"], mnt / "l", tmp_path)
    saved = (tmp_path / "l/0.int").stat()
    assert (mode(tmp_path / "l"), mode(tmp_path / "l/0.int")) == (0o550, 0o640)
    assert (saved.st_uid, saved.st_gid, saved.st_mtime) == (1234, 5678, 2000)
    (mnt / "l/.shm").unlink()
    run(TOOLS["cp -a"], tmp_path / "l", mnt)
    block = (shm / "l").stat()
    assert (mode(shm / "l"), block.st_uid, block.st_gid) == (0o640, 1234, 5678)


def test_a_copy_beside_it_at_the_mount(mnt, py, shm, copy, tmp_path):
    """Copied under another name by way of a snapshot, the first list unharmed."""
    python_list(py, "l", EVERY_TYPE)
    before = (shm / "l").read_bytes()
    copy(mnt / "l", tmp_path)
    (tmp_path / "l").rename(tmp_path / "twin")
    copy(tmp_path / "twin", mnt)
    assert (shm / "twin").read_bytes() == (shm / "l").read_bytes() == before
    write(mnt / "twin/0", b"1")
    assert py.eval("l[0]") == 0


def test_a_list_of_python_3_8_is_carried_to_later_ones(mnt, py, shm, copy, tmp_path):
    block = python_block(py, EVERY_TYPE)
    (shm / "old").write_bytes(as_v1(block))
    copy(mnt / "old", tmp_path)
    (tmp_path / "old").rename(tmp_path / "new")
    copy(tmp_path / "new", mnt)
    assert (shm / "new").read_bytes() == block
    assert python_values(py, "new") == repr(EVERY_TYPE)


def test_a_recorded_list_of_python_3_8_is_carried_to_later_ones(mnt, py, shm):
    (shm / "old").write_bytes((FIXTURES / "py38-types.bin").read_bytes())
    subprocess.run(["cp", "-a", mnt / "old", mnt / "new"], check=True)
    assert (shm / "new").read_bytes() == (FIXTURES / "py39-types.bin").read_bytes()
    assert py.eval("list(ShareableList(name='new'))[17]") == "howdy"


def test_restore_over_a_list_assigns_its_elements(mnt, py, tmp_path):
    """cp -a into a list that is there, of the same length, writes to its elements."""
    python_list(py, "l", [1, "text", 2.5])
    run(TOOLS["cp -a"], mnt / "l", tmp_path)
    py("l[0] = 7; l[1] = None; l[2] = 'other'")
    subprocess.run(["cp", *map(str, sorted((tmp_path / "l").iterdir())), mnt / "l"], check=True)
    assert py.eval("list(l)") == [1, "text", 2.5]


def test_a_draft_is_copied_as_a_draft(mnt, shm, tmp_path, copy):
    make_draft(mnt / "d", EVERY_TYPE)
    before = files(shm / "d")
    copy(mnt / "d", tmp_path)
    assert files(tmp_path / "d") == before
    seal(mnt / "d")
    assert (shm / "d").is_file()


def test_an_ordinary_user_restores_with_rsync(mnt, py, shm, tmp_path):
    """Root may write into directories without the write bit, so that rsync goes about it otherwise."""
    python_list(py, "l", EVERY_TYPE)
    run("rsync -a --no-super --no-o --no-g" + ' "$1" "$2"', mnt / "l", tmp_path)
    block = (shm / "l").read_bytes()
    (mnt / "l/.shm").unlink()
    run("rsync -a --no-super --no-o --no-g" + ' "$1" "$2"', tmp_path / "l", mnt)
    assert (shm / "l").read_bytes() == block
