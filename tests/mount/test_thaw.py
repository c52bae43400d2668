# SPDX-License-Identifier: Apache-2.0
"""chmod u+w makes a list that nobody holds a draft again, with its values, and chmod a-w a list."""

import errno
import mmap
import os
import struct
import subprocess

import pytest

from harness import listed
from list_support import (
    EVERY_TYPE, as_v1, files, make_draft, names, python_block, python_list, python_values, read, refused, seal,
    texts, write,
)  # fmt: skip

NOBODY = 65534


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.fixture
def a_list(mnt):
    """A list that nobody holds."""
    make_draft(mnt / "n", [1, "two", 3.5])
    seal(mnt / "n")
    return mnt / "n"


def thaw(path):
    path.chmod(0o700)


def is_draft(backed):
    return backed.is_dir() and "user.shmount.draft" in os.listxattr(backed)


@pytest.mark.parametrize("values", [EVERY_TYPE, [1], []], ids=["every type", "1", "0"])
def test_it_has_its_values_as_files_and_comes_back_the_same(mnt, shm, py, values):
    make_draft(mnt / "n", values)
    (mnt / "n/00.int").chmod(0o640) if values == EVERY_TYPE else None
    seal(mnt / "n")
    os.utime(shm / "n", (1000, 2000))
    block, mode = (shm / "n").read_bytes(), (shm / "n").stat().st_mode
    (mnt / "n").chmod(0o750)
    assert is_draft(shm / "n") and listed(shm) == ["n"]
    assert sorted(os.listdir(mnt / "n")) == sorted(names(values))
    assert files(mnt / "n") == files(shm / "n") == texts(values)
    assert (mnt / "n").stat().st_mode == 0o40750
    assert all(entry.stat().st_mtime == 2000 for entry in [mnt / "n", *(mnt / "n").iterdir()])
    with pytest.raises(OSError):
        py("ShareableList(name='n')")
    seal(mnt / "n")
    assert (shm / "n").read_bytes() == block == python_block(py, values)
    assert (shm / "n").stat().st_mode == mode
    assert listed(shm) == ["n"]


def test_it_can_get_another_length_and_other_values(a_list, shm, py):
    subprocess.run(["chmod", "u+w", a_list], check=True)
    write(a_list / "0.int", b"7\n")
    (a_list / "1.str").unlink()
    write(a_list / "1.str", b"longer than it was\n")
    write(a_list / "3.none", b"")
    subprocess.run(["chmod", "a-w", a_list], check=True)
    assert python_values(py, "n") == repr([7, "longer than it was", 3.5, None])


def test_what_the_kernel_knew_of_the_list_is_not_shown_of_the_draft(a_list):
    block = (a_list / ".shm").stat().st_ino
    inode = (a_list / "0.int").stat().st_ino
    thaw(a_list)
    for name in ".shm", ".format", ".values", "0", "-1":
        with refused(errno.ENOENT):
            (a_list / name).stat()
    assert read(a_list / "0.int") == b"1\n"
    assert (a_list / "0.int").stat().st_ino != inode
    seal(a_list)
    assert (a_list / ".shm").stat().st_ino != block
    assert read(a_list / "-3") == b"1\n"


def test_a_list_of_python_3_8_comes_back_as_one_of_later_ones(mnt, shm, py):
    block = python_block(py, EVERY_TYPE)
    (shm / "n").write_bytes(as_v1(block))
    thaw(mnt / "n")
    seal(mnt / "n")
    assert (shm / "n").read_bytes() == block


def test_not_while_a_python_has_it(mnt, shm, py):
    python_list(py, "n", [1, "two"])
    block = (shm / "n").read_bytes()
    with refused(errno.EBUSY):
        thaw(mnt / "n")
    assert files(mnt / "n") == texts([1, "two"])
    assert (shm / "n").read_bytes() == block and listed(shm) == ["n"]
    py("n.shm.close()")
    thaw(mnt / "n")
    assert files(mnt / "n") == texts([1, "two"])


@pytest.mark.parametrize("name, flags", [("0.int", os.O_RDONLY), ("0.int", os.O_RDWR), (".shm", os.O_RDWR)])
def test_not_while_a_file_of_it_is_open_at_the_mount(a_list, shm, name, flags):
    fd = os.open(a_list / name, flags)
    with refused(errno.EBUSY):
        thaw(a_list)
    os.close(fd)
    thaw(a_list)
    assert is_draft(shm / "n")


def test_not_while_a_mapping_of_it_outlives_its_descriptor(a_list, shm):
    fd = os.open(shm / "n", os.O_RDWR)
    mapping = mmap.mmap(fd, 0)
    os.close(fd)
    with refused(errno.EBUSY):
        thaw(a_list)
    mapping.close()
    thaw(a_list)


def test_an_open_directory_holds_nothing_and_goes_on_as_the_draft(a_list, shm, py):
    fd = os.open(a_list, os.O_RDONLY | os.O_DIRECTORY)
    assert sorted(os.listdir(fd)) == ["0.int", "1.str", "2.float"]
    other = subprocess.Popen(["sleep", "infinity"], cwd=a_list, stdin=fd)
    try:
        for value in range(3):
            os.fchmod(fd, 0o700)
            file = os.open("0.int", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=fd)
            os.write(file, b"%d\n" % value)
            os.close(file)
            os.rename("0.int", "tmp", src_dir_fd=fd, dst_dir_fd=fd)
            os.rename("tmp", "0.int", src_dir_fd=fd, dst_dir_fd=fd)
            os.fchmod(fd, 0o500)
            assert python_values(py, "n") == repr([value, "two", 3.5])
            py("import gc; gc.collect()")
    finally:
        other.kill()
        other.wait()
        os.close(fd)


def test_again_and_again_beside_the_events(a_list, shm):
    """The daemon looks at a block when an event tells of a change. That keeps no list from a thaw."""
    for value in range(200):
        with open(shm / "n", "r+b") as block:
            block.write(struct.pack("q", 3))
        write(a_list / "0.int", b"%d\n" % value)
        thaw(a_list)
        seal(a_list)
    assert read(a_list / "0.int") == b"199\n"


def test_a_damaged_list_stays_as_it_is(a_list, shm):
    with open(shm / "n", "r+b") as block:
        block.seek(-2, os.SEEK_END)
        block.write(b"\x09")
    before = (shm / "n").read_bytes()
    with refused(errno.EIO):
        thaw(a_list)
    assert (shm / "n").read_bytes() == before and listed(shm) == ["n"]


def test_what_a_draft_could_not_give_back_stays_in_its_list(mnt, shm, py):
    python_list(py, "n", ["a\0b", 1])
    py("n.shm.close()")
    with refused(errno.EINVAL):
        thaw(mnt / "n")
    assert (shm / "n").is_file() and listed(shm) == ["n"]


def test_a_full_backing_leaves_the_list(mounts, tmpfs):
    small = tmpfs("size=1m")
    mnt = mounts(backing=small)
    make_draft(mnt / "n", list(range(200)))
    seal(mnt / "n")
    before = (small / "n").read_bytes()
    (mnt / "filler").write_bytes(bytes(700_000))
    with refused(errno.ENOSPC):
        thaw(mnt / "n")
    assert (small / "n").read_bytes() == before
    assert sorted(listed(small)) == ["filler", "n"]


def as_user(uid, script, path):
    return subprocess.run(["sh", "-c", script, path], user=uid, group=uid, extra_groups=(), check=False,
                          capture_output=True, text=True, cwd="/")  # fmt: skip


def test_only_the_owner_may(public, mounts, shm):
    mnt = mounts("-o", "allow_other", path=public)
    make_draft(mnt / "n", [1])
    (mnt / "n/0.int").chmod(0o666)
    seal(mnt / "n")
    done = as_user(NOBODY, "chmod u+w $0", mnt / "n")
    assert done.returncode == 1 and "not permitted" in done.stderr
    assert (shm / "n").is_file()
    os.chown(shm / "n", NOBODY, NOBODY)
    done = as_user(NOBODY, "chmod u+w $0 && echo 2 >$0/1.int && chmod a-w $0 && cat $0/*", mnt / "n")
    assert (done.returncode, done.stdout) == (0, "1\n2\n")
    assert ((shm / "n").stat().st_uid, (shm / "n").stat().st_mode) == (NOBODY, 0o100666)
    thaw(mnt / "n")  # root may
    assert ((shm / "n/0.int").stat().st_uid, (shm / "n").stat().st_uid) == (NOBODY, NOBODY)


def test_the_manager_stays_the_same(mounts, shm, tmp_path):
    plain, managed = mounts(), mounts("--manager", "the.test")
    for name, mnt in ("theirs", plain), ("ours", managed):
        make_draft(mnt / name, [1])
        seal(mnt / name)
        thaw(managed / name)
        seal(managed / name)
    managed.unmount()
    assert listed(shm) == ["theirs"]


@pytest.fixture
def empty_list(mnt, shm):
    (mnt / "n").mkdir()
    seal(mnt / "n")
    assert (shm / "n").is_file()
    return mnt / "n"


def test_an_empty_list_thaws_by_a_create_and_seals_by_its_times(empty_list, shm, py):
    write(empty_list / ".0.int.tmp", b"5\n")
    (empty_list / ".0.int.tmp").rename(empty_list / "0.int")
    assert is_draft(shm / "n")
    assert empty_list.stat().st_mode == 0o40700  # a list has no write bit
    os.utime(empty_list, (1, 2))
    assert python_values(py, "n") == repr([5])
    assert empty_list.stat().st_mtime == 2


def test_the_time_of_a_list_is_not_that_of_its_elements(a_list, shm):
    """rsync sets it first, and takes elements of the same time and size for copied."""
    before = (shm / "n").stat().st_mtime_ns
    os.utime(a_list, (1, 2))
    assert a_list.stat().st_mtime == 2
    assert (a_list / "0.int").stat().st_mtime_ns == (shm / "n").stat().st_mtime_ns == before
    thaw(a_list)
    assert (a_list.stat().st_mtime, (a_list / "0.int").stat().st_mtime_ns) == (2, before)
    seal(a_list)
    os.utime(a_list, (1, 2))
    a_list.touch()
    assert a_list.stat().st_mtime_ns == (shm / "n").stat().st_mtime_ns > before


def test_a_chmod_of_an_element_shows_at_once(a_list):
    for mode in [0o444, 0o600] * 50:
        (a_list / "0.int").chmod(mode)
        assert a_list.stat().st_mode & 0o077 == (0o055 if mode == 0o444 else 0)
        (a_list / ".shm").chmod(0o640)
        assert a_list.stat().st_mode & 0o077 == 0o050


def test_an_empty_list_that_somebody_holds_does_not_thaw(empty_list, shm, py):
    py("n = ShareableList(name='n')")
    with refused(errno.EBUSY):
        write(empty_list / "0.int", b"5\n")
    assert (shm / "n").is_file() and os.listdir(empty_list) == []


def test_a_draft_does_not_seal_after_a_refused_write(mnt, shm, py, eventually):
    make_draft(mnt / "n", ["one", 2])
    fd = os.open(mnt / "n/0.str", os.O_WRONLY | os.O_TRUNC)
    os.write(fd, b"half a ")
    with refused(errno.EILSEQ):
        os.write(fd, b"\xff text")
    with refused(errno.EILSEQ):
        os.write(fd, b"and more")
    os.close(fd)
    with refused(errno.EINVAL):
        seal(mnt / "n")
    eventually(lambda: "'0.str': the last write to it was refused" in mnt.log())
    write(mnt / "n/0.str", b"a whole text\n")
    seal(mnt / "n")
    assert python_values(py, "n") == repr(["a whole text", 2])
