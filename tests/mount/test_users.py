# SPDX-License-Identifier: Apache-2.0
"""`-o allow_other`: every user has the rights that the backing gives him, and no others."""

import os
import subprocess

import pytest

NOBODY = 65534
OTHER = 1234


@pytest.fixture
def shared(public, mounts, access):
    """A mount that every user may use."""
    return mounts("-o", f"access={access},allow_other", path=public)


def as_user(uid, script, path, groups=()):
    """Runs a shell script on `$0` as another user, and returns its exit status and stdout."""
    done = subprocess.run(
        ["sh", "-c", f"umask 022; {script}", path],
        user=uid, group=uid, extra_groups=groups, capture_output=True, text=True, check=False,
        cwd="/",
    )
    return done.returncode, done.stdout


def test_without_it_other_users_see_nothing(public, mounts):
    mnt = mounts(path=public)
    (mnt / "block").touch()
    assert as_user(NOBODY, "ls $0 || echo refused", mnt.path) == (0, "refused\n")


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o600, ""), (0o640, ""), (0o644, "r"), (0o666, "rw"), (0o622, "w")]
)
def test_modes_hold(shared, shm, mode, expected):
    (shm / "block").write_text("text")
    (shm / "block").chmod(mode)
    script = "(: < $0) && printf r; (: >> $0) && printf w; true"
    assert as_user(NOBODY, script, shared / "block") == (0, expected)
    assert (shm / "block").read_text() == "text"


def test_blocks_belong_to_their_maker(shared, shm):
    assert as_user(NOBODY, "echo text > $0", shared / "block") == (0, "")
    made = (shm / "block").stat()
    assert (made.st_uid, made.st_gid, made.st_mode) == (NOBODY, NOBODY, 0o100644)
    assert as_user(NOBODY, "chmod 600 $0 && mv $0 $0-new && rm $0-new", shared / "block")[0] == 0
    assert os.listdir(shm) == []


@pytest.mark.parametrize(
    "script",
    ["chmod 666 $0", f"chown {NOBODY} $0", "rm -f $0", "mv $0 $0-new", "truncate -s 0 $0",
     "touch -d @1 $0", "setfattr -n user.x -v x $0", "mv -f $0-mine $0", "cat $0"],
)  # fmt: skip
def test_blocks_of_others_are_theirs(shared, shm, script):
    (shm / "block").write_text("text")
    (shm / "block").chmod(0o600)
    os.utime(shm / "block", (5, 5))
    (shm / "block-mine").touch()
    os.chown(shm / "block-mine", NOBODY, NOBODY)
    before = (shm / "block").stat()
    assert as_user(NOBODY, script, shared / "block")[0] != 0
    after = (shm / "block").stat()
    assert before[:7] == after[:7] and (shm / "block").read_text() == "text"  # but for the times
    assert after.st_mtime == 5
    assert set(os.listdir(shm)) == {"block", "block-mine"}


def test_groups(shared, shm):
    (shm / "block").write_text("text")
    os.chown(shm / "block", 0, OTHER)
    (shm / "block").chmod(0o640)
    assert as_user(NOBODY, "cat $0", shared / "block", groups=[OTHER]) == (0, "text")
    assert as_user(NOBODY, "cat $0", shared / "block")[0] != 0


def test_revoked_rights(shared, shm, eventually):
    (shm / "block").write_text("text")
    (shm / "block").chmod(0o644)
    assert as_user(NOBODY, "cat $0", shared / "block") == (0, "text")
    (shm / "block").chmod(0o600)
    eventually(lambda: as_user(NOBODY, "cat $0", shared / "block")[0] != 0)
