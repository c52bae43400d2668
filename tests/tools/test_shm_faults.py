# SPDX-License-Identifier: Apache-2.0
"""`shm` is killed before each system call by which it changes the backing, or one of its calls fails: it has
done its work, and says so, or has not begun. What it left out of sight is gone with the next mount."""

import errno
import os
import pathlib
import subprocess

import pytest

from conftest import SHM_COMMAND
from faults import LAST, NO_FAULTS, snapshot
from harness import adopt_orphans
from list_support import as_v1

LIST = (pathlib.Path(__file__).parents[1] / "fixtures/py39-types.bin").read_bytes()


def v1_list(backing):
    (backing / "n").write_bytes(as_v1(LIST))


def v2_list(backing):
    (backing / "n").write_bytes(LIST)


COMMANDS = {
    "list": (lambda backing: None, ["list", "n", "1", "two", "3.5"]),
    "list empty": (lambda backing: None, ["list", "n"]),
    "new": (lambda backing: None, ["new", "-s", "10000", "n"]),
    "upgrade": (v1_list, ["upgrade", "n"]),
    "set": (v2_list, ["set", "n", "0", "2.5"]),
    "prune": (v2_list, ["prune", "--yes", "n"]),
}


KILL = 0
CODES = [KILL, errno.ENOSPC, errno.ENOMEM, errno.EMFILE, errno.EINTR]


@pytest.fixture(autouse=True)
def guards_are_seen():
    """The guards of daemons that are killed come to us."""
    adopt_orphans()
    yield
    adopt_orphans(False)


@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode.get(code, "SIGKILL"))
@pytest.mark.parametrize("name", COMMANDS)
def test_each_step_of_a_command(faults, faulty, backings, name, code):
    prepare, words = COMMANDS[name]

    def shm(backing):
        return subprocess.run(
            [SHM_COMMAND, "--backing", backing, *words], env={**os.environ, **faults.environment},
            check=False, capture_output=True, text=True,
        )

    whole = backings()
    prepare(whole)
    done = shm(whole)
    assert done.returncode == 0, done
    after = snapshot(whole)
    for step in range(1, LAST):
        backing = backings()
        prepare(backing)
        before = snapshot(backing)
        with faults.at(step, code) as hit:
            done = shm(backing)
        faulty(backing).kill()
        found = snapshot(backing)
        where = f"call {step}, {hit.call}: {done}"
        assert found in (before, after), where
        if not hit.call or code == errno.EINTR:
            assert done.returncode == 0, where
        elif code == KILL:
            assert done.returncode == -9, where
        else:
            assert bool(done.stderr) == (found != after), where
            # prune says what it leaves alone for want of knowledge, and has not failed.
            assert bool(done.returncode) == (found != after) or name == "prune", where
        if found == before:
            assert shm(backing).returncode == 0, where
        assert snapshot(backing) == after, where
        if not hit.call:
            assert step > 1, NO_FAULTS
            return
    raise AssertionError("the command does not end")
