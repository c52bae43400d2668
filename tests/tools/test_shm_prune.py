# SPDX-License-Identifier: Apache-2.0
"""shm prune unlinks in memory alone: elsewhere a file that no process has open is no orphan."""

import errno
import os
import subprocess

import pytest

from faults import NO_FAULTS

FILES = ["thesis.tex", ".bashrc", "sem.a"]


def file_system(path):
    return subprocess.run(["stat", "-f", "-c", "%T", path], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(params=["disk", "overlay"])
def home(request, tmp_path):
    """A directory of somebody's files that is no tmpfs."""
    if request.param == "overlay":
        path = request.getfixturevalue("overlay")
    else:
        path = tmp_path / "home"
        path.mkdir()
        if file_system(path) in ("tmpfs", "ramfs"):
            pytest.skip("the tests' directory is a tmpfs here")
    for name in FILES:
        (path / name).write_text("years of work")
    return path


@pytest.mark.parametrize("words", [[], ["--yes"], ["--yes", "*"], ["--yes", "--semaphores"], ["--json"]], ids=str)
def test_prune_refuses_what_is_no_memory(command, home, words):
    assert command("--backing", home, "prune", *words, status=1) == ""
    (line,) = command.errors.splitlines()
    assert line.startswith(f"shm: {home}: ") and "--force" in line
    kind = "overlay" if home.name.startswith("overlay") else file_system(home).partition("/")[0][:3]
    assert kind in line
    assert sorted(os.listdir(home)) == sorted(FILES)


def test_prune_does_as_it_is_forced_to(command, home):
    assert command("--backing", home, "prune", "--force").count("would unlink") == 2
    assert sorted(os.listdir(home)) == sorted(FILES)
    assert command("--backing", home, "prune", "--force", "--yes", "t*").startswith("unlinked thesis.tex")
    assert sorted(os.listdir(home)) == sorted(FILES[1:])


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs", "subdirectory"])
def test_prune_in_memory_needs_no_force(command, shm, tmpfs, kind):
    backing = shm / "below" if kind == "subdirectory" else tmpfs("mode=700", type=kind)
    backing.mkdir(exist_ok=True)
    (backing / "block").write_bytes(b"howdy")
    assert command("--backing", backing, "prune").startswith("would unlink block")
    assert command("--backing", backing, "prune", "--yes").startswith("unlinked block")
    assert not list(backing.iterdir())


def test_prune_refuses_where_it_cannot_be_told(command, faults, shm):
    """fstatfs is asked twice: whether it can be a backing at all, and then whether it is memory."""
    (shm / "block").write_bytes(b"howdy")
    refused = 0
    for step in range(1, 4):
        with faults.at(step, errno.ENOMEM) as hit:
            done = subprocess.run(
                [command.program, "prune", "--yes"], env={**os.environ, **faults.environment}, check=False,
                capture_output=True, text=True,
            )  # fmt: skip
        if hit.call == "fstatfs":
            assert done.returncode == 1 and "Cannot allocate memory" in done.stderr, done
            assert (shm / "block").exists()
            refused += 1
    assert refused == 2, NO_FAULTS
