# SPDX-License-Identifier: Apache-2.0
"""shm beside a mount that keeps its staging directory."""

import os
import shutil

import pytest

from harness import adopt_orphans, listed
from list_support import make_draft, seal

OWN = f".shmount-{os.geteuid()}"


@pytest.fixture
def made(mounts, shm):
    """A mount with a list `n`, which was made in the staging directory."""
    mount = mounts()
    make_draft(mount / "n", [1, "two", 3.5])
    seal(mount / "n")
    assert sorted(os.listdir(shm)) == [OWN, "n"] and listed(shm) == ["n"]
    adopt_orphans()  # the guard of a daemon that is killed
    yield mount
    adopt_orphans(False)


def test_nobody_sees_it(made, command):
    assert os.listdir(made.path) == ["n"]
    assert not (made / OWN).exists()
    assert [line.split()[0] for line in command("ls").splitlines()[1:]] == ["n"]
    assert OWN not in command("prune")
    shutil.rmtree(made / "n")
    assert os.listdir(made.path) == []


def test_commands_beside_a_mount_leave_it(made, shm, command):
    ino = (shm / OWN).stat().st_ino
    command("set", "n", "0", "2.5")
    command("set", "n", "0", "1")
    assert (shm / OWN).stat().st_ino == ino
    made.kill()
    command("set", "n", "0", "2.5")
    assert os.listdir(shm) == ["n"], "nobody kept it any more"
