# SPDX-License-Identifier: Apache-2.0
"""Inode numbers that do not tell files apart: two files at a time have one, or one after the other, or they are huge."""

import os
import pathlib
import shutil
import subprocess

import pytest

from harness import eventually


@pytest.fixture
def layers(tmpfs):
    """layers(xino): an overlay of two tmpfs, each of which numbers its inodes from 1, and its lower layer."""

    def make(xino):
        lower, upper = tmpfs(), tmpfs()
        for path in lower / "lower", upper / "upper", upper / "work":
            path.mkdir()
        return lower / "lower", lambda: tmpfs(
            f"lowerdir={lower}/lower,upperdir={upper}/upper,workdir={upper}/work,xino={xino},userxattr", type="overlay"
        )

    return make


def test_two_blocks_with_one_number_are_two(layers, mounts):
    lower, overlay = layers("off")
    for i in range(60):
        (lower / f"t{i}").touch()
        (lower / f"t{i}").unlink()
    (lower / "old").write_text("of the one\n")
    backing = overlay()
    mount = mounts(backing=backing)
    wanted = (backing / "old").stat().st_ino
    with open(mount / "old", encoding="utf-8") as held:
        for i in range(300):
            with open(mount / f"new{i}", "x+", encoding="utf-8") as made:
                if (backing / f"new{i}").stat().st_ino != wanted:
                    continue
                assert made.read() == ""
                made.write("of the other\n")
                made.flush()
                assert not os.path.samestat(os.fstat(made.fileno()), os.fstat(held.fileno()))
                break
        else:
            pytest.skip("no two inodes here have one number")
        assert held.read() == "of the one\n"
        names = mount / "old", mount / f"new{i}"
        assert [pathlib.Path(name).read_text() for name in names] == ["of the one\n", "of the other\n"]
        assert [os.stat(name).st_size for name in names] == [11, 13]
        names[1].write_text("longer than it was\n")
        os.rename(names[1], mount / "moved")
    assert (backing / "old").read_text() == "of the one\n"
    assert (mount / "moved").read_text() == (backing / "moved").read_text() == "longer than it was\n"


def test_numbers_of_64_bits_show(layers, mounts):
    lower, overlay = layers("on")
    (lower / "one").write_text("1\n")
    (lower / "two").write_text("2\n")
    backing = overlay()
    if (backing / "one").stat().st_ino < 2**35:
        pytest.skip("this overlay's inode numbers are small")
    mount = mounts(backing=backing)
    assert sorted(os.listdir(mount)) == ["one", "two"]
    assert [(mount / name).read_text() for name in ("one", "two")] == ["1\n", "2\n"]
    for name in "one", "two":
        assert os.stat(mount / name).st_ino == os.stat(backing / name).st_ino


@pytest.fixture
def ext4(tmp_path):
    """A file system that gives the number of a removed file to the next one."""
    if not shutil.which("mkfs.ext4"):
        pytest.skip("needs mkfs.ext4")
    image, path = tmp_path / "image", tmp_path / "ext4"
    with open(image, "wb") as made:
        made.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-I", "256", image], check=True)
    path.mkdir()
    done = subprocess.run(["mount", "-o", "loop", image, path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no ext4 can be mounted here: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_list_whose_number_is_used_again(ext4, mounts, python_session):
    """What was hidden of a list is not hidden in the next one that gets its inode."""
    python_session()("ShareableList([1, 2, 3], name='same_number')")
    text = pathlib.Path("/dev/shm/same_number").read_bytes()
    (ext4 / "first").write_bytes(text)
    number = (ext4 / "first").stat().st_ino
    mount = mounts(backing=ext4)
    for name in os.listdir(mount / "first"):
        os.unlink(mount / "first" / name)
    assert os.listdir(mount / "first") == []
    (ext4 / "first").unlink()

    def used_again():
        (ext4 / "second").unlink(missing_ok=True)
        (ext4 / "second").write_bytes(text)
        return (ext4 / "second").stat().st_ino == number

    eventually(used_again)
    assert len(os.listdir(mount / "second")) == 3
    with pytest.raises(OSError, match="not empty"):
        os.rmdir(mount / "second")
