# SPDX-License-Identifier: Apache-2.0
"""The program is killed before each system call by which an operation changes the backing, one after the
other. Mounted anew, the backing is as before the operation or as after it, nothing else is in it, and the
operation can be done, or has been done."""

import contextlib
import ctypes
import os
import pathlib
import subprocess

import pytest

from faults import LAST, NO_FAULTS, snapshot
from harness import LIBC, exit_status
from list_support import make_draft, seal, write

NOBODY = 65534
VALUES = [1, "two", 3.5, None, b"\0five"]
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def draft(mnt, values=VALUES):
    make_draft(mnt / "n", values)


def draft_without_w(mnt):
    """As root's tar and rsync make it: read-only. Setting its times then seals it."""
    (mnt / "n").mkdir(0o555)
    write(mnt / "n/0.int", b"1\n")


def two_lists(mnt):
    for name, values in ("a", VALUES), ("b", [2]):
        make_draft(mnt / name, values)
        seal(mnt / name)


def list_and_draft(mnt):
    two_lists(mnt)
    (mnt / "c").mkdir()


def a_list(mnt):
    draft(mnt)
    seal(mnt / "n")


def ends_of_types(mnt):
    make_draft(mnt / "n", [1, 2.5])
    seal(mnt / "n")


def exchange(mnt):
    names = (os.fsencode(mnt / name) for name in "ab")
    if LIBC.renameat2(AT_FDCWD, next(names), AT_FDCWD, next(names), RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def emptied_then_replaced(mnt):
    """A draft takes the place of a list whose elements were removed."""
    for name in os.listdir(mnt / "b"):
        os.unlink(mnt / "b" / name)
    os.rename(mnt / "c", mnt / "b")


def emptied_then_removed(mnt):
    for name in os.listdir(mnt / "a"):
        os.unlink(mnt / "a" / name)
    os.rmdir(mnt / "a")


def saved_by_rename(mnt):
    write(mnt / "n/.1.str.tmp", b"TWO\n")
    os.rename(mnt / "n/.1.str.tmp", mnt / "n/1.str")


def two_blocks(mnt):
    for name, data in ("a", b"one"), ("b", b"two"):
        (mnt / name).write_bytes(data)


def a_file_in_a_draft(mnt):
    (mnt / "n").mkdir()
    write(mnt / "n/0.int", b"1\n")


# What each needs, and what it does. All at a mount.
OPERATIONS = {
    "seal": (draft, lambda mnt: seal(mnt / "n")),
    "seal empty": (lambda mnt: draft(mnt, []), lambda mnt: seal(mnt / "n")),
    "seal by times": (draft_without_w, lambda mnt: os.utime(mnt / "n", (1, 1))),
    "thaw": (a_list, lambda mnt: (mnt / "n").chmod(0o750)),
    "thaw for the group": (a_list, lambda mnt: (mnt / "n").chmod(0o570)),
    "thaw by a create": (lambda mnt: (draft(mnt, []), seal(mnt / "n")), lambda mnt: write(mnt / "n/0.int", b"")),
    "make draft": (lambda mnt: None, lambda mnt: (mnt / "n").mkdir(0o700)),
    "make draft without w": (lambda mnt: None, lambda mnt: (mnt / "n").mkdir(0o555)),
    "make block": (lambda mnt: None, lambda mnt: (mnt / "n").touch()),
    "int to float": (a_list, lambda mnt: write(mnt / "n/0.float", b"2.5\n")),
    "int to none": (a_list, lambda mnt: (mnt / "n/0.none").touch()),
    "int to str": (ends_of_types, lambda mnt: write(mnt / "n/0.str", b"seven\n")),
    "str to bytes": (a_list, lambda mnt: write(mnt / "n/1.bytes", b"one")),
    "none to bool": (a_list, lambda mnt: write(mnt / "n/3.bool", b"True\n")),
    "bytes to int": (a_list, lambda mnt: write(mnt / "n/4.int", b"-1\n")),
    "mv float to str": (ends_of_types, lambda mnt: os.rename(mnt / "n/1.float", mnt / "n/1.str")),
    "same type": (a_list, lambda mnt: write(mnt / "n/1.str", b"TWO\n")),
    "save": (a_list, saved_by_rename),
    "rename": (two_lists, lambda mnt: os.rename(mnt / "a", mnt / "n")),
    "exchange": (two_lists, exchange),
    "list over draft": (list_and_draft, lambda mnt: os.rename(mnt / "a", mnt / "c")),
    "draft over list": (list_and_draft, emptied_then_replaced),
    "unlink": (a_list, lambda mnt: os.unlink(mnt / "n/.shm")),
    "remove a list": (two_lists, emptied_then_removed),
    "remove a draft": (list_and_draft, lambda mnt: os.rmdir(mnt / "c")),
    "block over block": (two_blocks, lambda mnt: os.rename(mnt / "a", mnt / "b")),
    "exchange blocks": (two_blocks, exchange),
    "unlink a block": (two_blocks, lambda mnt: os.unlink(mnt / "a")),
    "link a block": (two_blocks, lambda mnt: os.link(mnt / "a", mnt / "c")),
    "link a list's block": (a_list, lambda mnt: os.link(mnt / "n/.shm", mnt / "c")),
    "truncate a block": (two_blocks, lambda mnt: os.truncate(mnt / "a", 2)),
    "open a block to truncate": (two_blocks, lambda mnt: os.close(os.open(mnt / "a", os.O_RDWR | os.O_TRUNC))),
    "chmod a block": (two_blocks, lambda mnt: (mnt / "a").chmod(0o640)),
    "chmod a list": (a_list, lambda mnt: (mnt / "n").chmod(0o550)),
    "truncate an element": (a_list, lambda mnt: os.truncate(mnt / "n/1.str", 1)),
    "chmod an element": (a_list, lambda mnt: (mnt / "n/1.str").chmod(0o640)),
    "chmod a draft": (draft, lambda mnt: (mnt / "n").chmod(0o750)),
    "set an xattr": (two_blocks, lambda mnt: os.setxattr(mnt / "a", "user.note", b"1")),
    "times of a list": (a_list, lambda mnt: os.utime(mnt / "n", (1, 1))),
    "make a draft's file": (lambda mnt: (mnt / "n").mkdir(), lambda mnt: (mnt / "n/0.int").touch()),
    "rename a draft's file": (a_file_in_a_draft, lambda mnt: os.rename(mnt / "n/0.int", mnt / "n/1.int")),
    "unlink a draft's file": (a_file_in_a_draft, lambda mnt: os.unlink(mnt / "n/0.int")),
    "truncate a draft's file": (a_file_in_a_draft, lambda mnt: os.truncate(mnt / "n/0.int", 0)),
    "chmod a draft's file": (a_file_in_a_draft, lambda mnt: (mnt / "n/0.int").chmod(0o600)),
}


def as_another_user(action):
    """Calls `action` in a process of another user's. OSError if it fails there."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            action()
        except OSError as error:
            os._exit(error.errno)
        finally:
            os._exit(0)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(code, os.strerror(code))


def attempt(act, *arguments):
    """Does what may fail, as the program that it takes may be killed."""
    with contextlib.suppress(OSError):
        act(*arguments)


def each_kill(faults, start, prepare, act):
    """Kills the daemon before each change that `act` makes. Yields what was in the backing before and the
    backing afterwards, with the name of the system call; last, with none, of the time when all was done."""
    for step in range(1, LAST):
        mount = start()
        prepare(mount.path)
        before = snapshot(mount.backing)
        with faults.at(step) as hit:
            attempt(act, mount.path)
        if hit.call:
            mount.killed()
        else:
            mount.kill()
        yield before, mount.backing, hit.call
        if not hit.call:
            return
    raise AssertionError("the operation does not end")


@pytest.fixture
def check(faults, faulty, backings):
    """check(prepare, act, *options): killed anywhere, an operation was not begun or is done."""

    def run(prepare, act, *options):
        whole = faulty(backings(), *options)
        prepare(whole.path)
        act(whole.path)
        after = snapshot(whole.backing)
        whole.kill()
        calls = []
        for before, backing, call in each_kill(faults, lambda: faulty(backings(), *options), prepare, act):
            calls.append(call)
            again = faulty(backing, *options)
            found = snapshot(backing)
            assert found in (before, after), f"killed before change {len(calls)}, {call}"
            if found == before != after:
                act(again.path)
            assert snapshot(backing) == after
            again.kill()
        print(calls)
        assert len(calls) > 1, NO_FAULTS

    return run


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at_each_step(check, name):
    check(*OPERATIONS[name])


@pytest.mark.parametrize("name", ["seal", "seal empty", "thaw", "make draft", "make block", "list over draft"])
def test_a_manager_killed_at_each_step(check, name):
    """Nothing is ever there without the manager's mark."""
    check(*OPERATIONS[name], "--manager", "the.test")


@pytest.mark.parametrize("name", ["seal", "thaw", "make draft without w", "draft over list", "int to str"])
def test_another_users_operation_killed_at_each_step(faults, faulty, backings, public, name):
    """Root's daemon finishes, and removes, what was begun for others."""
    prepare, act = OPERATIONS[name]

    def start():
        backing = backings()
        backing.chmod(0o1777)
        return faulty(backing, "-o", "allow_other", path=public)

    def as_nobody(action):
        return lambda mnt: as_another_user(lambda: action(mnt))

    for before, backing, call in each_kill(faults, start, as_nobody(prepare), as_nobody(act)):
        again = faulty(backing, "-o", "allow_other", path=public)
        found = snapshot(backing)
        assert not any(path.startswith(".shmount-") for path in found), call
        assert call or found != before
        again.kill()


def test_release_killed_at_each_step(faults, faulty, backings):
    """What the killed daemon did not come to is the next one's of that ID; others' blocks stay."""
    options = "--manager", "the.test"
    for step in range(1, LAST):
        backing = backings()
        (backing / "other").write_bytes(b"theirs")
        mount = faulty(backing, *options)
        list_and_draft(mount.path)
        make_draft(mount / "draft", VALUES)
        (mount / "block").touch()
        with faults.at(step) as hit:
            subprocess.run(["fusermount3", "-u", mount.path], check=True)
            status = exit_status(mount.pid)
            mount.ended = True
            # Only the manager's lock is removed after the guard, which the daemon has then waited for.
            if status != 0 and pathlib.Path(f"/proc/{mount.guard}").exists():
                exit_status(mount.guard)
        assert status == (-9 if hit.call else 0)
        if hit.call:
            assert "other" in os.listdir(backing)
            faulty(backing, *options).unmount()
        assert {name: data for name, (_, _, data) in snapshot(backing).items()} == {"other": b"theirs"}
        if not hit.call:
            assert step > 8, NO_FAULTS
            return
    raise AssertionError("the release does not end")
