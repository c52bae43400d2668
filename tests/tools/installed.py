# SPDX-License-Identifier: Apache-2.0
"""An installation of the build under test in a directory of its own."""

import contextlib
import json
import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SHMOUNT_BUILD", TOP / "build")).absolute()


def run(*command, **options):
    """Runs a command that has to succeed and returns its stdout."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def build_option(name):
    """The value of an option that the build was configured with."""
    options = json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text())
    return next(option["value"] for option in options if option["name"] == name)


def needs_plain_build():
    if build_option("b_sanitize") != "none":
        pytest.skip("a build with sanitizers is not for installing")


@contextlib.contextmanager
def installation(root):
    """`meson install` below `root`; yields where the prefix lies in it. Uninstalled afterwards."""
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--skip-subprojects", "--destdir", root)
    try:
        yield root / build_option("prefix").lstrip("/")
    finally:
        run("ninja", "-C", BUILD, "uninstall")
