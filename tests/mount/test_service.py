# SPDX-License-Identifier: Apache-2.0
"""A mount that root made for all users gives each what he has on the tmpfs itself, in every operation."""

import ctypes
import errno
import json
import mmap
import os
import pathlib
import subprocess
import tempfile
import traceback

import pytest

from conftest import regular
from harness import LIBC

ANN, BOB, EVE = 40001, 40002, 40003
TEAM = 40100  # a supplementary group
SIZE = 8192


@pytest.fixture
def top():
    """A directory that every user can reach, with two alike tmpfs of all users in it."""
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("one user only: not root of the initial user namespace")
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        places = [pathlib.Path(path, name) for name in ("direct", "backing")]
        for place in places:
            place.mkdir()
            options = ["-t", "tmpfs", "-o", "mode=1777,size=16m"]
            subprocess.run(["mount", *options, "tmpfs", place], check=True)
        yield pathlib.Path(path)
        for place in places:
            subprocess.run(["umount", place], check=True)


@pytest.fixture
def places(top, mounts, access):
    """(a tmpfs, a mount of another, that other)"""
    mnt = mounts("-o", f"access={access},allow_other", backing=top / "backing", path=top / "mnt")
    return top / "direct", mnt.path, top / "backing"


def as_user(uid, call, *arguments, gid=None, groups=(), umask=0o022):
    """What call(*arguments) returns in a process of that user, or the name of its errno."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setresgid(*[gid or uid] * 3)
            os.setresuid(uid, uid, uid)
            os.umask(umask)
            os.chdir("/")
            try:
                result = call(*arguments)
            except OSError as error:
                result = errno.errorcode[error.errno]
            os.write(writing, json.dumps(result).encode())
        except BaseException:  # the child must not go on as a second pytest
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    assert text, "the child failed"
    return json.loads(text)


def opened(path, flags):
    return os.fdopen(os.open(path, flags), "r+b" if flags & os.O_RDWR else "rb", buffering=0)


def read(d):
    with opened(d / "block", os.O_RDONLY) as file:
        return file.read(4).decode()


def write(d):
    with opened(d / "block", os.O_RDWR) as file:
        return file.write(b"new")


def write_only(d):
    fd = os.open(d / "block", os.O_WRONLY | os.O_APPEND)
    return os.write(fd, b"more")


def truncate_open(d):
    os.close(os.open(d / "block", os.O_WRONLY | os.O_TRUNC))


def create_open(d):
    os.close(os.open(d / "block", os.O_RDWR | os.O_CREAT, 0o666))


def map_read(d):
    with opened(d / "block", os.O_RDONLY) as file:
        with mmap.mmap(file.fileno(), SIZE, prot=mmap.PROT_READ) as memory:
            return memory[:4].decode()


def map_write(d):
    with opened(d / "block", os.O_RDWR) as file:
        with mmap.mmap(file.fileno(), SIZE) as memory:
            memory[:4] = b"map!"


def map_more_than_opened(d):
    """A descriptor for reading is none for writing, whatever the daemon's own is."""
    with opened(d / "block", os.O_RDONLY) as file:
        mmap.mmap(file.fileno(), SIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def reopen_for_more(d):
    with opened(d / "block", os.O_RDONLY) as file:
        os.close(os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDWR))


def fallocate(d):
    with opened(d / "block", os.O_RDWR) as file:
        os.posix_fallocate(file.fileno(), 0, 2 * SIZE)


def rename_flags(flags):
    def rename(d):
        (d / "own").touch()
        if LIBC.renameat2(-100, bytes(d / "own"), -100, bytes(d / "block"), flags) != 0:
            raise OSError(ctypes.get_errno(), "renameat2")

    return rename


OPERATIONS = {
    "stat": lambda d: list(os.stat(d / "block"))[0:1] + list(os.stat(d / "block"))[4:7],
    "access": lambda d: [os.access(d / "block", mode) for mode in (4, 2, 1, 6)],
    "read": read,
    "write": write,
    "write_only": write_only,
    "truncate_open": truncate_open,
    "create_open": create_open,
    "create_exclusive": lambda d: os.open(d / "block", os.O_RDWR | os.O_CREAT | os.O_EXCL),
    "map_read": map_read,
    "map_write": map_write,
    "map_more_than_opened": map_more_than_opened,
    "reopen_for_more": reopen_for_more,
    "truncate": lambda d: os.truncate(d / "block", 1),
    "fallocate": fallocate,
    "chmod": lambda d: os.chmod(d / "block", 0o666),
    "chmod_setgid": lambda d: os.chmod(d / "block", 0o2660),
    "chown": lambda d: os.chown(d / "block", os.getuid(), -1),
    "chown_away": lambda d: os.chown(d / "block", EVE, -1),
    "chgrp_own": lambda d: os.chown(d / "block", -1, os.getgid()),
    "chgrp_team": lambda d: os.chown(d / "block", -1, TEAM),
    "touch": lambda d: os.utime(d / "block"),
    "set_times": lambda d: os.utime(d / "block", (9, 9)),
    "unlink": lambda d: os.unlink(d / "block"),
    "rename": lambda d: os.rename(d / "block", d / "other"),
    "rename_over": rename_flags(0),
    "rename_exchange": rename_flags(2),
    "rename_noreplace": rename_flags(1),
    "link": lambda d: os.link(d / "block", d / "other"),
    "setxattr": lambda d: os.setxattr(d / "block", "user.x", b"new"),
    "getxattr": lambda d: os.getxattr(d / "block", "user.mark").decode(),
    "listxattr": lambda d: os.listxattr(d / "block"),
    "removexattr": lambda d: os.removexattr(d / "block", "user.mark"),
}
USERS = {  # uid and supplementary groups, as seen by a block of ANN and TEAM
    "owner": (ANN, []),
    "member": (BOB, [TEAM, 40200]),
    "other": (EVE, []),
    "root": (0, []),
}


def put_block(directory, mode):
    path = directory / "block"
    path.write_bytes(b"text" * (SIZE // 4))
    os.setxattr(path, "user.mark", b"mark")
    os.utime(path, (5, 5))
    os.chown(path, ANN, TEAM)
    path.chmod(mode)


def state(directory):
    """All that is in a directory, but for what the clock says; it is emptied."""
    found = {}
    for path in sorted(directory.iterdir()):
        st = path.stat()
        xattrs = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        found[path.name] = (
            st.st_mode, st.st_uid, st.st_gid, st.st_size, st.st_nlink, path.read_bytes()[:8], xattrs,
            st.st_mtime if st.st_mtime < 10 else "now",
        )  # fmt: skip
    for path in directory.iterdir():
        path.unlink()
    return found


def compare(places, call, uid, groups=(), prepare=lambda directory: None, **more):
    """Does the same on the tmpfs and in the mount; returns what it did there."""
    direct, mnt, backing = places
    outcomes = []
    for beneath, at in (direct, direct), (backing, mnt):
        prepare(beneath)
        result = as_user(uid, call, at, groups=groups, **more)
        outcomes.append((result, state(beneath)))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


@regular
@pytest.mark.parametrize("sticky", [True, False], ids=["sticky", "plain"])
def test_each_operation_of_each_user(places, access, sticky):
    differences = []
    done = set()
    for directory in places[0], places[2]:
        directory.chmod(0o1777 if sticky else 0o777)
    for mode in 0o600, 0o640, 0o660, 0o060:
        for who, (uid, groups) in USERS.items():
            for name, call in OPERATIONS.items():
                if access == "direct" and name.startswith("map"):
                    continue
                if not sticky and "link" not in name and "rename" not in name:
                    continue  # the bit is for these
                try:
                    result, _ = compare(places, call, uid, groups, lambda d: put_block(d, mode))
                except AssertionError as error:
                    differences.append(f"{mode:o} {who} {name}: {error}")
                else:
                    done.add((mode, who, name, str(result)))
    assert not differences, "\n".join(differences)
    # The comparison would hold for two doors that are both open, or both shut.
    if sticky:
        assert (0o600, "other", "read", "EACCES") in done
        assert (0o640, "member", "read", "text") in done
        assert (0o640, "member", "write", "EACCES") in done
        assert (0o660, "member", "write", "3") in done
    assert (0o600, "other", "unlink", "EPERM" if sticky else "None") in done


@regular
def test_what_is_created_belongs_to_its_creator(places):
    for umask in 0o022, 0o077, 0o002, 0o000:
        for mode in 0o666, 0o600, 0o640, 0o777, 0o2660, 0o4755:
            check_creation(places, umask, mode)


def check_creation(places, umask, mode):
    def create(d):
        os.close(os.open(d / "new", os.O_RDWR | os.O_CREAT | os.O_EXCL, mode))
        os.mknod(d / "node", mode)

    def prepare(directory):
        os.chown(directory, 0, gid)
        directory.chmod(bits)

    for gid, bits in (0, 0o1777), (TEAM, 0o3777), (TEAM, 0o2775):
        for groups in [], [TEAM]:
            result, made = compare(places, create, BOB, groups, prepare, umask=umask)
            if bits & 2 or groups:
                assert result is None
                assert made["new"][1:3] == (BOB, gid if bits & 0o2000 else BOB)
                assert made["new"][0] & 0o777 == mode & 0o777 & ~umask
            else:
                assert (result, made) == ("EACCES", {})


@regular
def test_root_with_another_group(places):
    result, made = compare(places, lambda d: (d / "new").touch(), 0, gid=TEAM)
    assert result is None and made["new"][1:3] == (0, TEAM)


@regular
def test_a_change_of_rights_beneath_is_in_force_at_once(places):
    _, mnt, backing = places
    put_block(backing, 0o600)
    block = backing / "block"

    def both(uid, groups=()):
        results = [as_user(uid, read, place, groups=groups) for place in (backing, mnt)]
        assert results[0] == results[1]
        return results[1]

    for _ in range(20):
        assert both(EVE) == "EACCES"
        block.chmod(0o604)
        assert both(EVE) == "text"
        block.chmod(0o640)
        assert both(EVE) == "EACCES" and both(BOB, [TEAM]) == "text"
        os.chown(block, -1, EVE)
        assert both(EVE) == "text" and both(BOB, [TEAM]) == "EACCES"
        os.chown(block, EVE, TEAM)
        assert both(EVE) == "text" and both(ANN) == "EACCES"
        os.chown(block, ANN, TEAM)
        block.chmod(0o600)


LISTS = {
    "ls": lambda d: sorted(os.listdir(d / "trip")),
    "stat_element": lambda d: os.stat(d / "trip/0.str").st_size,
    "cat": lambda d: (d / "trip/0.str").read_text(),
    "cat_values": lambda d: (d / "trip/.values").read_text(),
    "cat_format": lambda d: (d / "trip/.format").read_text(),
    "cat_raw": lambda d: len((d / "trip/.shm").read_bytes()),
    "echo": lambda d: (d / "trip/1").write_text("7\n"),
    "echo_other_type": lambda d: (d / "trip/1.float").write_text("7\n"),
    "truncate": lambda d: os.truncate(d / "trip/0.str", 0),
    "convert": lambda d: os.rename(d / "trip/1.int", d / "trip/1.float"),
    "chmod_element": lambda d: os.chmod(d / "trip/0.str", 0o666),
    "chmod_list": lambda d: os.chmod(d / "trip", 0o555),
    "chown": lambda d: os.chown(d / "trip", os.getuid(), -1),
    "hide": lambda d: os.unlink(d / "trip/0.str"),
    "rmdir": lambda d: os.rmdir(d / "trip"),
    "rm_raw": lambda d: os.unlink(d / "trip/.shm"),
    "mv": lambda d: os.rename(d / "trip", d / "other"),
    "mv_over": lambda d: ((d / "own").touch(), os.rename(d / "own", d / "trip")) and None,
}


@regular
def test_lists_of_others(places, python_session):
    """Nobody else gets into a 0600 list, or takes it away; a reader of a 0644 one only reads."""
    _, mnt, backing = places
    python_session()("ShareableList(['howdy', 7], name='service_trip')")
    made = pathlib.Path("/dev/shm/service_trip").read_bytes()
    trip = backing / "trip"
    readers = {"ls", "stat_element", "cat", "cat_values", "cat_format", "cat_raw"}
    for mode, uid, groups, allowed in [
        (0o600, EVE, [], set()),
        (0o640, EVE, [], set()),
        (0o644, EVE, [], readers),
        (0o640, BOB, [TEAM], readers),
    ]:
        for name, call in LISTS.items():
            trip.write_bytes(made)
            os.chown(trip, ANN, TEAM)
            trip.chmod(mode)
            result = as_user(uid, call, mnt, groups=groups)
            refused = result in ("EACCES", "EPERM", "EISDIR", "ENOTDIR", "ENOTEMPTY")
            assert refused == (name not in allowed), f"{mode:o} {uid} {name}: {result}"
            assert (trip.read_bytes(), trip.stat().st_uid) == (made, ANN)
            assert trip.stat().st_mode & 0o777 == mode
            (backing / "own").unlink(missing_ok=True)
    trip.chmod(0o660)
    assert as_user(BOB, LISTS["echo"], mnt, groups=[TEAM]) == 2
    assert as_user(BOB, LISTS["cat"], mnt, groups=[TEAM]) == "howdy\n"


@regular
def test_drafts_of_others(places):
    _, mnt, backing = places

    def draft(d):
        (d / "trip").mkdir()
        (d / "trip/0.str").write_text("howdy")

    assert as_user(ANN, draft, mnt) is None
    for call in [
        lambda d: (d / "trip/1.int").write_text("1"),
        lambda d: (d / "trip/0.str").write_text("mine"),
        lambda d: os.unlink(d / "trip/0.str"),
        lambda d: os.chmod(d / "trip", 0o555),
        lambda d: os.rename(d / "trip", d / "other"),
        lambda d: os.rmdir(d / "trip"),
    ]:
        assert as_user(EVE, call, mnt) in ("EACCES", "EPERM", "ENOTEMPTY")
    assert as_user(ANN, lambda d: os.chmod(d / "trip", 0o555), mnt) is None
    made = (backing / "trip").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (ANN, ANN, 0o644)
    assert as_user(EVE, LISTS["cat"], mnt) == "howdy\n"
