# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the library's tests, and from the mount tests the one that looks for what is left."""

import importlib.util
import pathlib
import sys
import tempfile

import pytest

_TESTS = pathlib.Path(__file__).parents[1]
sys.path += [str(_TESTS / "tools"), str(_TESTS / "mount")]
from installed import TOP, build_package, installation  # noqa: E402
from installed_library import Installed  # noqa: E402

_spec = importlib.util.spec_from_file_location("mount_fixtures", _TESTS / "mount/conftest.py")
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
nothing_left = _fixtures.nothing_left


@pytest.fixture(scope="session")
def library():
    build_package()
    with tempfile.TemporaryDirectory() as made:
        directory = pathlib.Path(made)
        directory.chmod(0o755)  # other users run the programs, too; pytest's directories are closed to them
        (directory / "work").mkdir()
        with installation(directory / "root") as prefix:
            yield Installed(prefix, directory / "work")


@pytest.fixture(scope="session")
def source():
    return lambda name: TOP / "tests/library" / name
