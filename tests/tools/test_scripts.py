# SPDX-License-Identifier: Apache-2.0
"""The scripts in tools/: what they say of themselves, and the lines that others read."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (TOP / "tools").iterdir() if path.is_file() and os.access(path, os.X_OK))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_help(script, tmp_path):
    """From any folder, and it does nothing else."""
    before = sorted(TOP.iterdir())
    command = [os.path.relpath(script, tmp_path), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"tools/{script.name}" in done.stdout.splitlines()[0]
    assert not done.stderr
    assert sorted(TOP.iterdir()) == before


# bench and load leave their options to the programs that they build.
@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if path.name not in ("bench", "load")], ids=lambda path: path.name
)
def test_an_unknown_option_is_refused(script):
    done = subprocess.run([script, "--unheard-of"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2


def test_every_option_of_the_tests_is_in_their_help():
    text = (TOP / "tools/test").read_text()
    options = set(re.findall(r"^    (--[a-z]+)\)", text, flags=re.MULTILINE)) - {"--help"}
    assert len(options) >= 3
    shown = subprocess.run([TOP / "tools/test", "--help"], capture_output=True, text=True, check=True).stdout
    assert options <= set(re.findall("--[a-z]+", shown))


def test_the_commit_is_said_with_changes(tmp_path):
    place = tmp_path / "tests/support"
    place.mkdir(parents=True)
    shutil.copy(TOP / "tests/support/commit", place)

    def git(*words):
        identity = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        return subprocess.run(["git", *identity, *words], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    def commit():
        return subprocess.run([place / "commit"], capture_output=True, text=True, check=True).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    head = git("rev-parse", "HEAD").strip()[:12]
    assert commit() == head
    (tmp_path / "new").touch()
    assert commit() == f"{head}+changes"
    git("add", "new")
    assert commit() == f"{head}+changes"


def test_what_is_no_suite_fails():
    if os.geteuid() != 0:
        pytest.skip("takes root")
    done = subprocess.run([TOP / "tools/test-on", "../bookworm"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == "0 passed, 1 failed, 0 skipped\n"
