# SPDX-License-Identifier: Apache-2.0
"""The daemon over io_uring, which serves requests in several threads. Where the kernel or libfuse has no such
thing, the same over /dev/fuse."""

import contextlib
import pathlib
import re
import subprocess
import sys
import threading
import time

import pytest

import load
from harness import SHMOUNT
from list_support import files, make_draft, seal, texts

sys.path.append(str(pathlib.Path(__file__).parents[1] / "bench"))
from subjects import uring_as_before  # noqa: E402

PARAMETER = pathlib.Path("/sys/module/fuse/parameters/enable_uring")
VALUES = [1, "two", 3.5, None]


def libfuse():
    said = subprocess.check_output([SHMOUNT, "--version"], text=True)
    return tuple(map(int, re.search(r"libfuse (\d+)\.(\d+)", said).groups()))


@pytest.fixture
def uring(mounts):
    """A mount over io_uring. The parameter counts when a connection starts."""
    with uring_as_before():
        with contextlib.suppress(OSError):
            PARAMETER.write_text("Y")
        return mounts(*(["-o", "io_uring"] if libfuse() >= (3, 18) else []))


@pytest.mark.parametrize("turn", range(3))
def test_it_works_and_ends_well(uring, shm, turn):
    def work(number):
        for turn in range(10):
            (uring / f"b{number}").write_bytes(b"block")
            make_draft(uring / f"l{number}", VALUES)
            seal(uring / f"l{number}")
            assert files(uring / f"l{number}") == texts(VALUES)
            assert (shm / f"b{number}").read_bytes() == b"block"
            subprocess.run(["rm", "-r", uring / f"b{number}", uring / f"l{number}"], check=True)

    errors = []

    def run(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    uring.unmount()


def test_nothing_is_lost_under_load(uring):
    load.run(uring, seconds=4, seed=int(time.time()), rounds=1)
    uring.unmount()
