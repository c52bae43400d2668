# SPDX-License-Identifier: Apache-2.0
"""The library as `meson install` leaves it, and programs compiled with it by g++ and pkg-config alone."""

import os
import shutil
import subprocess

from installed import build_option, run

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]


class Installed:
    """The installed library; `compile(source)` returns the path of the program made of it."""

    def __init__(self, prefix, work):
        self.prefix = prefix
        self.libdir = prefix / build_option("libdir")
        self.library = self.libdir / "libshmount.so"
        self.environment = {**os.environ, "LD_LIBRARY_PATH": str(self.libdir)}
        self._work = work
        self._pkg_config = {
            **os.environ,
            "PKG_CONFIG_PATH": str(self.libdir / "pkgconfig"),
            "PKG_CONFIG_SYSROOT_DIR": str(prefix).removesuffix(build_option("prefix")),
        }

    def pkg_config(self, *arguments):
        return run("pkg-config", *arguments, "shmount", env=self._pkg_config).split()

    def compile(self, source, *options, compiler="g++"):
        """Copies `source` out of the tree first: it gets nothing but what was installed."""
        program = self._work / source.stem
        copy = shutil.copy(source, self._work)
        flags = self.pkg_config("--cflags", "--libs")
        run(compiler, "-std=c++20", *WARNINGS, *options, copy, *flags, "-o", program, cwd=self._work)
        return program

    def run(self, program, *arguments, status=0, **options):
        done = subprocess.run(
            [program, *map(str, arguments)], env=self.environment, capture_output=True, text=True,
            check=False, **options,
        )  # fmt: skip
        assert done.returncode == status, (arguments, done)
        return done.stdout
