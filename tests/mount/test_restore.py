# SPDX-License-Identifier: Apache-2.0
"""Whatever copies files restores a list whole or fails: every usual form of cp, tar, rsync and others, as root and as
another user, where there is no list and over one."""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

import pytest

from harness import eventually, listed
from list_support import as_v1, files, make_draft, names, python_list, python_values, seal, texts

NOBODY = 65534
VALUES = [1, "two", 3.5, None, b"\0five", True, "été", "", b"", "x" * 100]

# Each copies the list n of the directory $1 into the directory $2. A tool that is not there is left out.
WAYS = {
    "cp -a": 'cp -a "$1/n" "$2"',
    "cp -r": 'cp -r "$1/n" "$2"',
    "cp -R -T": 'cp -R -T "$1/n" "$2/n"',
    "cp -r --preserve=mode": 'cp -r --preserve=mode "$1/n" "$2"',
    "cp -r --preserve=timestamps": 'cp -r --preserve=timestamps "$1/n" "$2"',
    "cp -r --preserve=all": 'cp -r --preserve=all "$1/n" "$2"',
    "cp -r --no-preserve=mode": 'cp -r --no-preserve=mode "$1/n" "$2"',
    "tar x": 'tar c -C "$1" n | tar x -C "$2"',
    "tar xp": 'tar c -C "$1" n | tar xp -C "$2"',
    "tar x --no-same-permissions": 'tar c -C "$1" n | tar x --no-same-permissions -C "$2"',
    "tar x --xattrs": 'tar c --xattrs -C "$1" n | tar x --xattrs -C "$2"',
    "tar x --overwrite": 'tar c -C "$1" n | tar x --overwrite -C "$2"',
    "tar x --unlink-first": 'tar c -C "$1" n | tar x --unlink-first -C "$2"',
    "tar x --delay-directory-restore": 'tar c -C "$1" n | tar x --delay-directory-restore -C "$2"',
    "tar x -m": 'tar c -C "$1" n | tar x -m -C "$2"',
    "tar x n/*": 'cd "$1" && tar c n/* | tar x -C "$2"',
    "rsync -a": 'rsync -a "$1/n" "$2"',
    "rsync -a n/": 'rsync -a "$1/n/" "$2/n"',
    "rsync -rlpt": 'rsync -rlpt "$1/n" "$2"',
    "rsync -rlpt n/": 'rsync -rlpt "$1/n/" "$2/n"',
    "rsync -rp": 'rsync -rp "$1/n" "$2"',
    "rsync -rt n/": 'rsync -rt "$1/n/" "$2/n"',
    "rsync -r": 'rsync -r "$1/n" "$2"',
    "rsync -r n/": 'rsync -r "$1/n/" "$2/n"',
    "rsync -a --inplace": 'rsync -a --inplace "$1/n" "$2"',
    "rsync -a --inplace n/": 'rsync -a --inplace "$1/n/" "$2/n"',
    "rsync -a --delay-updates": 'rsync -a --delay-updates "$1/n" "$2"',
    "rsync -a --partial": 'rsync -a --partial "$1/n" "$2"',
    "rsync -a --omit-dir-times": 'rsync -a --omit-dir-times "$1/n" "$2"',
    "rsync -aX": 'rsync -aX "$1/n" "$2"',
    "rsync -aX n/": 'rsync -aX "$1/n/" "$2/n"',
    "rsync -ac --delete": 'rsync -ac --delete "$1/n/" "$2/n"',
    "cpio -p": 'cd "$1" && find n | cpio -pdm "$2"',
    "cpio -i": 'cd "$1" && find n -depth | cpio -o | (cd "$2" && cpio -idmu)',
    "bsdtar x": 'bsdtar c -C "$1" n | bsdtar x -C "$2"',
    "shutil.copytree": 'python3 -c "import shutil, sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)" "$1/n" "$2/n"',
    "tarfile": 'tar c -C "$1" n | python3 -c "import sys, tarfile; '
               "tarfile.open(fileobj=sys.stdin.buffer, mode='r|').extractall(sys.argv[1])\" \"$2\"",
}  # fmt: skip
WAYS = {name: way for name, way in WAYS.items() if shutil.which(name.split()[0]) or "python3" in way}

NEED_A_DIRECTORY = {"rsync -a --delay-updates"}  # in the list, for what they have copied
# They set neither the directory's mode nor its times in the end. What they leave shows a write bit, as no list does.
LEAVE_A_DRAFT = {
    ("root", "rsync -r"), ("root", "rsync -r n/"), ("root", "rsync -rp"), ("root", "rsync -a --omit-dir-times"),
    ("root", "cp -r --no-preserve=mode"), ("user", "cp -r --no-preserve=mode"), ("root", "tar x n/*"), ("user", "tar x n/*"),
}  # fmt: skip
# The same of an empty directory.
LEAVE_AN_EMPTY_DRAFT = {"cp -r --no-preserve=mode"}
KEEP_SLOTS = {"cp -a", "cp -r --preserve=all", "tar x --xattrs", "rsync -aX", "rsync -aX n/"}


@pytest.fixture(params=["root", "user"])
def who(request):
    return request.param


@pytest.fixture
def mnt(public, mounts):
    """A mount that every user may use."""
    return mounts("-o", "allow_other", path=public)


@pytest.fixture
def disks(public):
    """disks() mounts a tmpfs that every user can reach, in which all can save and read."""
    del public  # for its skip
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        made = []

        def disk():
            made.append(pathlib.Path(where, str(len(made))))
            made[-1].mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", made[-1]], check=True)
            return made[-1]

        yield disk
        for path in made:
            subprocess.run(["umount", path], check=True)


@pytest.fixture
def save(disks):
    return disks()


@pytest.fixture
def py(python_session):
    return python_session()


def copy(way, source, into, who="root"):
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if who == "user" else {}
    script = f"umask 022; {WAYS.get(way, way)}"
    return subprocess.run(["bash", "-o", "pipefail", "-c", script, "bash", source, into], **user,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/")  # fmt: skip


def slots(block):
    """Where the slots of a list end."""
    (count,) = struct.unpack_from("q", block)
    return struct.unpack_from(f"{count}q", block, 16)


def saved_list(mnt, save, py, values):
    """Saves a list whose last element has more room than it needs, and returns its block."""
    python_list(py, "n", [*values[:-1], "room" * 100])
    py(f"n[{len(values) - 1}] = {values[-1]!r}; block = bytes(n.shm.buf)")
    block = py.eval("block")
    (mnt / "n/.shm").chmod(0o644)
    os.utime("/dev/shm/n", (1000, 2000))  # rsync takes files of one size and time for equal
    done = copy("cp -a", mnt, save)
    assert (done.returncode, done.stdout) == (0, "")
    py("n.shm.close(); n.shm.unlink()")
    eventually(lambda: not (mnt / "n").exists())
    return block


@pytest.mark.parametrize("values", [VALUES, VALUES[:1]], ids=["10", "1"])
@pytest.mark.parametrize("way", WAYS)
def test_where_there_is_none(mnt, shm, save, py, who, way, values):
    block = saved_list(mnt, save, py, values)
    done = copy(way, save, mnt, who)
    if way in NEED_A_DIRECTORY:  # rsync says what it drops, and that by no exit status
        assert done.stdout.count("discarding completed file") == len(values)
        return
    assert done.returncode == 0, done.stdout
    assert files(mnt / "n") == texts(values), done.stdout
    if (who, way) in LEAVE_A_DRAFT:
        assert (mnt / "n").stat().st_mode & 0o200 and (shm / "n").is_dir()
        (mnt / "n").chmod(0o555)
    assert (shm / "n").is_file()
    assert python_values(py, "n") == repr(values)
    if way in KEEP_SLOTS:
        assert slots((shm / "n").read_bytes()) == slots(block)
    assert listed(shm) == ["n"]


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_list(mnt, shm, save, who, way):
    (mnt / "n").mkdir()
    seal(mnt / "n")
    (mnt / "n/.shm").chmod(0o644)
    copy("cp -a", mnt, save)
    (mnt / "n").rmdir()
    done = copy(way, save, mnt, who)
    if way == "tar x n/*":
        assert done.returncode != 0
        return
    assert done.returncode == 0, done.stdout
    assert os.listdir(mnt / "n") == []
    if way in LEAVE_AN_EMPTY_DRAFT:
        (mnt / "n").chmod(0o500)
    assert (shm / "n").is_file()


THERE = {
    "the same shape": [7, "TWO", 0.5, None, b"", False, "", "", b"", "y" * 100],
    "other types": [None, 1, 2, 3, 4, 5, "six", 7, 8, "y" * 100],
    "less room": [1, "t", 3.5, None, b"", True, "", "", b"", ""],
    "shorter": [1],
}


@pytest.mark.parametrize("held", [False, True], ids=["nobody's", "held"])
@pytest.mark.parametrize("there", THERE)
@pytest.mark.parametrize("way", WAYS)
def test_over_a_list(mnt, shm, save, py, who, way, there, held):
    """With exit status 0 it has the saved values. A program that has the list sees them too."""
    if way in NEED_A_DIRECTORY:
        return
    saved_list(mnt, save, py, VALUES)
    python_list(py, "n", THERE[there])
    if who == "user":
        os.chown(shm / "n", NOBODY, NOBODY)
    if not held:
        py("n.shm.close()")
    done = copy(way, save, mnt, who)
    print(done.returncode, done.stdout)
    if done.returncode == 0:
        # rsync overlooks that a draft does not seal: here each element is there twice, as on other file systems.
        twice = (shm / "n").is_dir() and there == "other types"
        found = files(mnt / "n")
        assert found == texts(VALUES) or (twice and texts(VALUES).items() <= found.items())
        if held:
            assert (shm / "n").is_file()
            assert py.eval("repr(list(n))") == repr(VALUES)
    elif held:
        assert (shm / "n").is_file()
        assert py.eval("len(n)") == len(THERE[there])
    py("n.shm.close() if n.shm._mmap else None") if held else None


RESTORE_ALL = {
    "cp -a": 'cp -a "$1/." "$2"',
    "rsync -a": 'rsync -a "$1/" "$2/"',
    "tar": 'tar c -C "$1" . | tar x -C "$2"',
    "tar --xattrs": 'tar c --xattrs -C "$1" . | tar x --xattrs -p -C "$2"',
}


@pytest.mark.parametrize("way", RESTORE_ALL.values(), ids=RESTORE_ALL)
def test_the_whole_mount(mnt, shm, save, disks, who, way):
    """It ends as it does where the blocks are files of a tmpfs."""
    make_draft(mnt / "a", VALUES)
    seal(mnt / "a")
    (mnt / "b").write_bytes(b"block")
    for path in [mnt / "a/.shm", mnt / "b"]:
        path.chmod(0o644)
    os.utime(mnt.path, (1000, 2000))
    assert copy('cp -a "$1/." "$2/all"', mnt, save).returncode == 0
    before = {name: (shm / name).read_bytes() for name in "ab"}
    for name in "ab":
        (shm / name).unlink()
    native = disks()
    expected = copy(way, save / "all", native, who)
    done = copy(way, save / "all", mnt, who)
    assert done.returncode == expected.returncode, done.stdout
    assert done.returncode == 0 or who == "user"
    assert {name: (shm / name).read_bytes() for name in listed(shm)} == before
    assert os.stat(shm).st_mode == os.stat(mnt).st_mode == 0o41777
    if who == "root" and way != RESTORE_ALL["rsync -a"]:  # it seals a list after it has set the root's time
        assert os.stat(mnt).st_mtime == 2000


def test_the_roots_mode_and_owner_stay(mnt, shm, who):
    assert copy('touch "$2" && chmod 1777 "$2" && chown 0:0 "$2"', "", mnt).returncode == 0
    for command in 'chmod 755 "$2"', 'chown 1:1 "$2"':
        assert copy(command, "", mnt, who).returncode != 0
    assert copy('touch "$2"', "", mnt, who).returncode == (0 if who == "root" else copy('touch "$2"', "", shm, who).returncode)
    assert os.stat(shm).st_mode == 0o41777


def test_slots_survive_a_thaw_and_python_3_8(mnt, shm, py):
    python_list(py, "n", [" " * 100] * 3)
    py("n[0] = 1; n[1] = 'short'; n[2] = None; block = bytes(n.shm.buf); n.shm.close()")
    block = py.eval("block")
    (shm / "n").write_bytes(as_v1(block))
    (mnt / "n").chmod(0o700)
    assert os.listxattr(mnt / "n/0.int") == ["user.shmount.slot"]
    assert os.getxattr(mnt / "n/1.str", "user.shmount.slot") == b"104"
    (mnt / "n").chmod(0o500)
    assert slots((shm / "n").read_bytes()) == slots(block) == (104, 208, 312)
    assert python_values(py, "n") == repr([1, "short", None])


def test_the_attribute_of_a_slot(mnt, shm, py):
    python_list(py, "n", ["x" * 9, "x" * 16, 1])
    py("n[0] = 'x'")
    slot = "user.shmount.slot"
    assert [os.listxattr(mnt / "n" / name) for name in names(["x", "x", 1])] == [[slot], [], []]
    assert os.getxattr(mnt / "n/0", slot) == b"16"
    for name in "1.str", "2.int":
        with pytest.raises(OSError, match="No data"):
            os.getxattr(mnt / "n" / name, slot)
    os.setxattr(mnt / "n/0.str", slot, b"16")  # as it is
    os.setxattr(mnt / "n/1.str", slot, b"24")
    for size in b"8", b"32", b"x":
        with pytest.raises(OSError, match="not permitted"):
            os.setxattr(mnt / "n/0.str", slot, size)
    with pytest.raises(OSError, match="not permitted"):
        os.removexattr(mnt / "n/0.str", slot)

    make_draft(mnt / "d", ["x", 2])
    for size in b"", b"0", b"7", b"-8", b"10000000", b"8x", b"99999999999999999999999":
        with pytest.raises(OSError, match="Invalid"):
            os.setxattr(mnt / "d/0.str", slot, size)
    os.setxattr(mnt / "d/0.str", slot, b"9999992")
    os.setxattr(mnt / "d/1.int", slot, b"16")
    os.removexattr(mnt / "d/1.int", slot)
    with pytest.raises(OSError, match="not permitted"):
        os.setxattr(mnt / "d", slot, b"16")
    seal(mnt / "d")
    assert py.eval("(lambda d: (list(d), d.shm.size, d.format))(ShareableList(name='d'))") == (
        ["x", 2], 16 + 16 + 9999992 + 8 + 18, "9999992sq")  # fmt: skip
