# SPDX-License-Identifier: Apache-2.0
"""A short run of each fuzzer; tools/fuzz makes long ones."""

import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[2]
SECONDS = 5


@pytest.mark.parametrize("target", ["list", "literal", "options", "text"])
def test_no_input_fails(target):
    if not (shutil.which("clang-19") or shutil.which("clang")):
        pytest.skip("no clang")
    done = subprocess.run(
        [TOP / "tools/fuzz", str(SECONDS), target], capture_output=True, text=True, timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "none fails" in done.stdout
