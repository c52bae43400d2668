# SPDX-License-Identifier: Apache-2.0
"""Runs `shm run` in the background, and checks that nothing is left of it."""

import os
import pathlib
import subprocess

import pytest

from harness import PATIENCE, children, eventually, mount_points

LEAK = """
import mmap, os, sys
from multiprocessing import resource_tracker, shared_memory
if len(sys.argv) > 1:
    with open(sys.argv[1] + "/leak", "xb") as file:
        file.truncate(100000)
else:
    shared_memory.SharedMemory("leak", create=True, size=100000)
    os.kill(resource_tracker._resource_tracker._pid, 9)
    os.waitpid(resource_tracker._resource_tracker._pid, 0)
os.kill(os.getpid(), 9)  # before the unlink
"""


def namespaces():
    """The mount namespaces in use. The private tmpfs ends with its namespace."""
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/ns/mnt"):
        try:
            found.add(os.readlink(link))
        except OSError:
            pass  # it has ended
    return found


def all_is_gone(before):
    """Whether processes (orphans become our children), mounts and namespaces are as before."""
    for pid in set(children()) - before[0]:
        os.waitpid(pid, os.WNOHANG)
    return (set(children()), mount_points(), namespaces()) == before


@pytest.fixture(autouse=True)
def released():
    """Nothing of any `shm run` outlives the test."""
    before = set(children()), mount_points(), namespaces()
    yield
    eventually(lambda: all_is_gone(before))


@pytest.fixture
def start(command):
    """start(*arguments) runs `shm run` in the background, past its command's first line."""
    running = []

    def start(*arguments, **options):
        running.append(subprocess.Popen(
            [command.program, "run", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **options,
        ))  # fmt: skip
        assert running[-1].stdout.readline() == "ready\n", running[-1].communicate(timeout=PATIENCE)
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def inside(process, name):
    """The pid, as seen here, of the command `name` under a running `shm run`."""

    def below(pid):
        kids = [int(kid) for kid in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return kids + [each for kid in kids for each in below(kid)]

    def found():
        return [pid for pid in below(process.pid) if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name]

    return eventually(found)
