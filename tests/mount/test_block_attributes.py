# SPDX-License-Identifier: Apache-2.0
"""Mode, owner, times and extended attributes of blocks, with each `access`, and statfs."""

import errno
import fcntl
import os
import subprocess

import pytest

from conftest import regular

ATTRIBUTE = "user.note"


@pytest.fixture
def block(shm):
    path = shm / "block"
    path.write_bytes(b"howdy")
    path.chmod(0o600)
    return path


@pytest.fixture
def attributed(block):
    try:
        os.setxattr(block, ATTRIBUTE, b"outside")
    except OSError as error:
        pytest.skip(f"this tmpfs keeps no user xattrs: {error}")
    return block


@pytest.mark.parametrize("mode", [0o644, 0o000, 0o777, 0o4755])
def test_chmod(any_mnt, block, mode):
    os.chmod(any_mnt / "block", mode)
    assert block.stat().st_mode == (any_mnt / "block").stat().st_mode == 0o100000 | mode


def test_chown(any_mnt, block):
    try:
        os.chown(block, 1234, 4321)
    except OSError as error:
        pytest.skip(f"no right to give files away here: {error}")
    os.chown(any_mnt / "block", 2345, -1)
    os.chown(any_mnt / "block", -1, 5432)
    for path in block, any_mnt / "block":
        assert (path.stat().st_uid, path.stat().st_gid) == (2345, 5432)


def test_utimens(any_mnt, block):
    os.utime(any_mnt / "block", ns=(1_000_000_007, 2_000_000_009))
    for path in block, any_mnt / "block":
        assert (path.stat().st_atime_ns, path.stat().st_mtime_ns) == (1_000_000_007, 2_000_000_009)
    os.utime(any_mnt / "block")
    assert block.stat().st_mtime_ns == (any_mnt / "block").stat().st_mtime_ns > 2_000_000_009


def test_touch_only_one_time(any_mnt, block):
    os.utime(block, ns=(1, 2))
    subprocess.run(["touch", "-m", "-d", "@99", any_mnt / "block"], check=True)
    assert (block.stat().st_atime_ns, block.stat().st_mtime_ns) == (1, 99 * 10**9)


def test_writing_sets_the_time(any_mnt, block):
    os.utime(block, ns=(1, 2))
    with open(any_mnt / "block", "r+b") as file:
        file.write(b"H")
    assert block.stat().st_mtime_ns == (any_mnt / "block").stat().st_mtime_ns > 2


def test_access(any_mnt, block):
    """What root may not, execute, is told of by the attempt alone: see shmount(8)."""
    assert os.access(any_mnt / "block", os.R_OK | os.W_OK)
    with pytest.raises(PermissionError):
        subprocess.run([any_mnt / "block"], check=False)


def test_xattrs(any_mnt, attributed):
    path = any_mnt / "block"
    assert os.getxattr(path, ATTRIBUTE) == b"outside"
    os.setxattr(path, "user.more", b"\0inside\xff")
    assert os.getxattr(attributed, "user.more") == b"\0inside\xff"
    assert set(os.listxattr(path)) == {ATTRIBUTE, "user.more"}
    os.removexattr(path, ATTRIBUTE)
    assert os.listxattr(attributed) == os.listxattr(path) == ["user.more"]
    os.setxattr(attributed, "user.more", b"changed")
    assert os.getxattr(path, "user.more") == b"changed"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda path: os.setxattr(path, ATTRIBUTE, b"", os.XATTR_CREATE), errno.EEXIST),
        (lambda path: os.setxattr(path, "user.absent", b"", os.XATTR_REPLACE), errno.ENODATA),
        (lambda path: os.getxattr(path, "user.absent"), errno.ENODATA),
        (lambda path: os.removexattr(path, "user.absent"), errno.ENODATA),
        (lambda path: os.setxattr(path, "unknown.name", b""), errno.EOPNOTSUPP),
    ],
)
def test_xattrs_refused(any_mnt, attributed, call, code):
    for path in attributed, any_mnt / "block":
        with pytest.raises(OSError) as refused:
            call(path)
        assert refused.value.errno == code


@regular
@pytest.mark.parametrize("name", ["security.x", "trusted.x"])
def test_of_xattrs_there_are_only_the_users(any_mnt, attributed, name):
    for call in (lambda path: os.setxattr(path, name, b"x"), lambda path: os.getxattr(path, name)):
        with pytest.raises(OSError) as refused:
            call(any_mnt / "block")
        assert refused.value.errno == errno.EOPNOTSUPP


@regular
def test_there_are_no_flags_of_chattr(any_mnt, attributed):
    get_flags = 0x80086601  # FS_IOC_GETFLAGS in linux/fs.h
    with (any_mnt / "block").open() as file, pytest.raises(OSError) as refused:
        fcntl.ioctl(file, get_flags, bytes(8))
    assert refused.value.errno == errno.ENOTTY


@regular
def test_own_xattrs_are_not_to_be_had(any_mnt, attributed):
    os.setxattr(attributed, "user.shmount.manager", b"m")
    path = any_mnt / "block"
    assert os.listxattr(path) == [ATTRIBUTE]
    for call in lambda name: os.setxattr(path, name, b"x"), lambda name: os.removexattr(path, name):
        with pytest.raises(PermissionError):
            call("user.shmount.manager")
    assert os.getxattr(attributed, "user.shmount.manager") == b"m"


@regular
def test_hard_links(any_mnt, block, shm):
    os.link(any_mnt / "block", any_mnt / "other")
    assert os.path.samestat((shm / "block").stat(), (shm / "other").stat())
    assert os.path.samestat((any_mnt / "block").stat(), (any_mnt / "other").stat())
    assert (any_mnt / "block").stat().st_nlink == (any_mnt / "other").stat().st_nlink == 2
    (any_mnt / "block").unlink()
    assert (any_mnt / "other").stat().st_nlink == 1
    assert (any_mnt / "other").read_bytes() == b"howdy"


@regular
@pytest.mark.parametrize("kind", ["mkfifo", "symlink", "mknod"])
def test_nothing_but_blocks_can_be_made(any_mnt, shm, kind):
    make = {
        "mkfifo": os.mkfifo,
        "symlink": lambda path: os.symlink("/etc/passwd", path),
        "mknod": lambda path: os.mknod(path, 0o020600, os.makedev(1, 3)),
    }[kind]
    with pytest.raises(PermissionError):
        make(any_mnt / "new")
    assert os.listdir(shm) == []


def test_statfs(mounts, tmpfs, access):
    backing = tmpfs("size=5m,nr_inodes=100")
    mnt = mounts("-o", f"access={access}", backing=backing)
    (mnt / "block").write_bytes(bytes(1 << 20))
    expected, seen = os.statvfs(backing), os.statvfs(mnt)
    for field in "f_bsize f_frsize f_blocks f_bfree f_bavail f_files f_ffree f_namemax".split():
        assert getattr(seen, field) == getattr(expected, field), field
    size, used = subprocess.check_output(
        ["df", "--block-size=1M", "--output=size,used", mnt], text=True
    ).split()[-2:]
    assert (size, used) == ("5", "1")
