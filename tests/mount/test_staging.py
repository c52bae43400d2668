# SPDX-License-Identifier: Apache-2.0
"""The staging directories, `.shmount-UID` in the backing, where things are made out of sight. A daemon keeps
those that it uses as long as it is mounted: to make and remove one changes the root."""

import fcntl
import os
import shutil
import subprocess

import pytest

from harness import eventually, listed
from list_support import files, make_draft, seal, texts, write
from system_calls import traced
from test_users import NOBODY, as_user

VALUES = [1, "two", 3.5]
OWN = f".shmount-{os.geteuid()}"


@pytest.fixture(name="made")
def fixture_made(mounts, shm):
    """A mount with a list `n`, which was made in the staging directory."""
    mount = mounts()
    make_draft(mount / "n", VALUES)
    seal(mount / "n")
    assert sorted(os.listdir(shm)) == [OWN, "n"] and listed(shm) == ["n"]
    return mount


def change_types(mnt):
    write(mnt / "n/0.float", b"2.5\n")
    write(mnt / "n/0.int", b"1\n")


def test_a_change_of_type_leaves_the_listing(made, tmp_path, shm):
    """The kernel keeps what it has read of the root, and asks for no name again."""
    before = shm.stat().st_mtime_ns

    def change_and_list():
        change_types(made.path)
        assert os.listdir(made.path) == ["n"]

    with traced(made, tmp_path) as trace:
        # What it has read it keeps for a second: on a busy machine that may be over.
        eventually(lambda: not {"READDIR", "READDIRPLUS"} & {opcode for opcode, _ in trace.requests(change_and_list)})
    assert shm.stat().st_mtime_ns == before


def test_it_goes_with_the_mount(made, shm):
    made.unmount()
    assert os.listdir(shm) == ["n"]


def test_it_goes_with_the_last_of_two_mounts(made, mounts, shm):
    other = mounts()
    change_types(other.path)
    ino = (shm / OWN).stat().st_ino
    made.unmount()
    assert (shm / OWN).stat().st_ino == ino
    change_types(other.path)
    other.unmount()
    assert os.listdir(shm) == ["n"]


def test_what_a_killed_daemon_kept_goes_with_the_next_mount(made, mounts, shm):
    made.kill()
    assert OWN in os.listdir(shm) and listed(shm) == ["n"]
    mounts()
    assert os.listdir(shm) == ["n"]


def test_it_is_made_anew_where_it_was_removed(made, shm):
    shutil.rmtree(shm / OWN)
    change_types(made.path)
    make_draft(made / "m", VALUES)
    seal(made / "m")
    assert files(made / "m") == texts(VALUES)
    assert sorted(listed(shm)) == ["m", "n"]


@pytest.mark.parametrize("squat", [lambda p: p.mkdir(), lambda p: p.touch(), lambda p: p.symlink_to("/tmp")],
                         ids=["directory", "file", "link"])  # fmt: skip
def test_another_user_takes_its_name_meanwhile(made, shm, squat):
    """It keeps nobody from making a list, and what took the name is left alone."""
    shutil.rmtree(shm / OWN)
    squat(shm / OWN)
    os.chown(shm / OWN, NOBODY, NOBODY, follow_symlinks=False)
    for turn in range(2):
        make_draft(made / f"m{turn}", VALUES)
        seal(made / f"m{turn}")
        change_types(made.path)
    assert len([name for name in os.listdir(shm) if name.startswith(OWN)]) == 2
    made.unmount()
    assert sorted(os.listdir(shm)) == [OWN, "m0", "m1", "n"]
    subprocess.run(["rm", "-r", shm / OWN], check=True)


def test_its_lock_is_held(made, shm):
    """flock(2) says that it is used."""
    fd = os.open(shm / OWN, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)


def test_each_user_has_one_and_no_more_than_so_many_are_held(mounts, public, shm):
    mount = mounts("-o", "allow_other", path=public)
    users = range(1000, 1080)
    for user in users:
        assert as_user(user, "mkdir $0", mount / str(user)) == (0, "")
    kept = [fd for fd in os.listdir(f"/proc/{mount.pid}/fd")
            if ".shmount-" in os.readlink(f"/proc/{mount.pid}/fd/{fd}")]  # fmt: skip
    assert 32 <= len(kept) <= 64
    assert as_user(users[0], "rmdir $0", mount / str(users[0])) == (0, "")
    mount.unmount()
    assert not [name for name in os.listdir(shm) if name.startswith(".")]
    for user in users[1:]:
        (shm / str(user)).rmdir()
