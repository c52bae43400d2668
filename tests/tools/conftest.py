# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the command `shm`: those of the mount tests, and the command itself.
tools/test runs both in the same namespaces."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

_MOUNT = pathlib.Path(__file__).parents[1] / "mount"
sys.path.insert(0, str(_MOUNT))
_spec = importlib.util.spec_from_file_location("mount_fixtures", _MOUNT / "conftest.py")
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)

nothing_left = _fixtures.nothing_left
shm = _fixtures.shm
tmpfs = _fixtures.tmpfs
overlay = _fixtures.overlay
public = _fixtures.public
mounts = _fixtures.mounts
faults = _fixtures.faults
faulty = _fixtures.faulty
backings = _fixtures.backings
eventually_fixture = _fixtures.eventually_fixture
python_session = _fixtures.python_session
pythons = _fixtures.pythons
py = _fixtures.py

SHM_COMMAND = _fixtures.SHMOUNT.parents[1] / "tools/shm/shm"


class Command:
    """command("get", "trip", 0) runs `shm get trip 0` and returns what it printed; a failure
    that is not expected by `status` fails the test. The last stderr is in `errors`."""

    program = SHM_COMMAND

    def __init__(self):
        self.errors = ""

    def __call__(self, *arguments, status=0, input=None, **options):
        done = subprocess.run(
            [self.program, *map(str, arguments)], capture_output=True, text=True, check=False,
            input=input, timeout=_fixtures.PATIENCE, **options,
        )
        self.errors = done.stderr
        assert done.returncode == status, (arguments, done)
        return done.stdout

    def json(self, *arguments, **options):
        return json.loads(self(*arguments, "--json", **options))


@pytest.fixture
def command():
    return Command()


@pytest.fixture
def as_nobody(command, public):
    """Options for subprocess to run a program as an ordinary user. The command becomes a copy: the tree may be for its
    owner alone."""
    command.program = pathlib.Path(shutil.copy(command.program, public))
    return {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"}
