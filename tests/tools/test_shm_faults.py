# SPDX-License-Identifier: Apache-2.0
"""`shm` is killed before each system call by which it changes the backing: the next mount finds that it
has done its work, or has not begun."""

import os
import pathlib
import subprocess

import pytest

from conftest import SHM_COMMAND
from faults import LAST, NO_FAULTS, snapshot
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


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_each_step(faults, faulty, backings, name):
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
        with faults.at(step) as hit:
            done = shm(backing)
        assert done.returncode == (-9 if hit.call else 0), done
        faulty(backing).kill()
        found = snapshot(backing)
        assert found in (before, after), f"killed before change {step}, {hit.call}"
        if found == before:
            assert shm(backing).returncode == 0
        assert snapshot(backing) == after
        if not hit.call:
            assert step > 1, NO_FAULTS
            return
    raise AssertionError("the command does not end")
