# SPDX-License-Identifier: Apache-2.0
"""Each system call of an operation on the backing fails in turn, as when memory, descriptors or space run out,
or a signal comes. The operation then says so and was not begun, or says that it is done and is; done once more,
without the fault, it works. What could not be cleaned up out of sight is gone with the mount."""

import errno
import os
import subprocess

import pytest

from faults import LAST, NO_FAULTS, snapshot
from harness import empty
from list_support import make_draft, seal
from test_faults_kill import OPERATIONS, as_another_user

CODES = [errno.ENOSPC, errno.ENOMEM, errno.EMFILE, errno.EINTR]
STAGING = ".shmount-"


def visible(backing):
    return {name: what for name, what in snapshot(backing).items() if not name.startswith(STAGING)}


def attempt(act, mnt):
    """The error's name where it fails."""
    try:
        act(mnt)
    except OSError as error:
        return errno.errorcode[error.errno]
    return None


def verdict(code, failed, before, after, now):
    """What is wrong with the outcome of one fault, if anything."""
    if code == errno.EINTR and failed:
        return f"{failed}, though a call that is interrupted can be made again"
    if now not in (before, after):
        return f"{failed}, and half done: {now.keys() ^ before.keys()}"
    if before != after and bool(failed) == (now == after):
        return f"{failed}, and {'done' if now == after else 'not done'}"
    return None


def each_call_fails(faults, mnt, prepare, act, code):
    """What is wrong with the outcomes, one line for each system call of which something is."""
    prepare(mnt.path)
    assert not attempt(act, mnt.path)
    after = visible(mnt.backing)
    wrong = []
    for step in range(1, LAST):
        empty(mnt.backing)
        prepare(mnt.path)
        before = visible(mnt.backing)
        with faults.at(step, code) as hit:
            failed = attempt(act, mnt.path)
        if not hit.call:
            assert not failed
            break
        now = visible(mnt.backing)
        what = verdict(code, failed, before, after, now)
        if not what and now == before != after and (again := attempt(act, mnt.path)):
            what = f"{failed}, and once more {again}"
        if what:
            wrong.append(f"call {step}, {hit.call}: {what}")
    assert step > 1, NO_FAULTS
    return wrong


def no_leftovers(mnt):
    """What could not be cleaned up out of sight is gone with the mount."""
    mnt.unmount()
    return not [path for path in mnt.backing.iterdir() if path.name.startswith(STAGING)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_call_fails(faults, faulty, backings, name, code):
    mnt = faulty(backings())
    wrong = each_call_fails(faults, mnt, *OPERATIONS[name], code)
    assert not wrong, "\n".join(wrong)
    assert no_leftovers(mnt)


# Of a user who needs the write bit of a directory to move it.
@pytest.mark.parametrize(
    "name", ["seal", "seal by times", "thaw", "thaw for the group", "make draft without w", "list over draft"]
)
def test_each_call_fails_for_another_user(public, faults, faulty, backings, name):
    prepare, act = OPERATIONS[name]
    backing = backings()
    backing.chmod(0o1777)
    mnt = faulty(backing, "-o", "allow_other", path=public)

    def as_nobody(action):
        return lambda path: as_another_user(lambda: action(path))

    wrong = each_call_fails(faults, mnt, as_nobody(prepare), as_nobody(act), errno.ENOMEM)
    assert not wrong, "\n".join(wrong)
    assert no_leftovers(mnt)


@pytest.mark.parametrize(
    "code", [errno.EIO, errno.EMFILE, errno.ENOMEM, errno.ENOENT], ids=lambda code: errno.errorcode[code]
)
def test_recovery_does_another_time_what_it_could_not_look_at(faults, run_shmount, mounts, backings, tmp_path, code):
    """Each call of the first mount after a kill fails in turn. The second mount completes what was begun."""
    backing = backings()
    mnt = mounts(backing=backing)
    make_draft(mnt / "n", [7, "text", 2.5])
    seal(mnt / "n")
    mnt.unmount()
    whole = (backing / "n").read_bytes()
    torn = whole[:-3] + b"\3" + whole[-2:]  # a code that does not go with the format
    staging = backing / f"{STAGING}{os.geteuid()}"
    # It cleans up and then finds that it does not know the option.
    command = [run_shmount.program, "-f", "-o", "no_such_option", "--backing", backing, tmp_path]
    wrong = []
    for step in range(1, LAST):
        (backing / "n").write_bytes(torn)
        staging.mkdir(0o700, exist_ok=True)
        (staging / "1.2.3.note").write_text(f"assign {(backing / 'n').stat().st_ino} 0.float\n1.5\n")
        with faults.at(step, code) as hit:
            subprocess.run(command, env=os.environ | faults.environment, capture_output=True, check=False)
        subprocess.run(command, capture_output=True, check=False)
        now = (backing / "n").read_bytes()
        if now in (torn, whole) or len(now) != len(whole) or staging.exists():
            wrong.append(f"call {step}, {hit.call}")
        if not hit.call:
            break
    assert step > 1, NO_FAULTS
    assert not wrong, "\n".join(wrong)
