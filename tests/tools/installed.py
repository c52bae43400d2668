# SPDX-License-Identifier: Apache-2.0
"""An installation of the product in a directory of its own. The build under test has fault points and must not be
installed, so the build of the Debian package is."""

import contextlib
import json
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SHMOUNT_BUILD", TOP / "build-test")).absolute()

PRODUCT = TOP / "build-package"


def run(*command, **options):
    """Runs a command that must succeed and returns its stdout."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def build_package():
    """Builds the product and its Debian package, and returns the path of the package."""
    return pathlib.Path(run(TOP / "tools/package", PRODUCT.name).splitlines()[-1])


def build_option(name, build=PRODUCT):
    """The value of an option that the product, or another build, was configured with."""
    options = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    return next(option["value"] for option in options if option["name"] == name)


@contextlib.contextmanager
def installation(root):
    """Runs `meson install` below `root` and yields the prefix in it. Uninstalls afterwards."""
    run("meson", "install", "-C", PRODUCT, "--no-rebuild", "--skip-subprojects", "--destdir", root)
    try:
        yield root / build_option("prefix").lstrip("/")
    finally:
        run("ninja", "-C", PRODUCT, "uninstall")
