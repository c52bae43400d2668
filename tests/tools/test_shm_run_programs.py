# SPDX-License-Identifier: Apache-2.0
"""Real programs under `shm run`, shown at a mount, and killed with SIGKILL."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from harness import PATIENCE, SHMOUNT, eventually
from installed import BUILD, build_option
from run_support import LEAK, inside, released, start  # noqa: F401 (fixtures)

POOL = """
import contextlib, multiprocessing, sys
from multiprocessing import managers, shared_memory
import numpy as np
COUNT = 32 * 2**20  # 256 MiB

def work(names, part):
    block, sl = shared_memory.SharedMemory(names[0]), shared_memory.ShareableList(name=names[1])
    numbers = np.ndarray(COUNT, np.int64, block.buf)[part * (COUNT // 4) : (part + 1) * (COUNT // 4)]
    sl[part] = int(numbers.sum())
    numbers += 1
    del numbers
    block.close()
    sl.shm.close()

def run(block, sl):
    numbers = np.ndarray(COUNT, np.int64, block.buf)
    numbers[:] = np.arange(COUNT)
    with multiprocessing.Pool(4) as pool:
        pool.starmap(work, [((block.name, sl.shm.name), part) for part in range(4)])
    assert sum(sl) == COUNT * (COUNT - 1) // 2 and sl[0] < sl[1] < sl[2] < sl[3], list(sl)
    assert numbers[0] == 1 and numbers[-1] == COUNT

if __name__ == "__main__":
    if sys.argv[1] == "manager":
        with managers.SharedMemoryManager() as smm:
            run(smm.SharedMemory(8 * COUNT), smm.ShareableList([0] * 4))
    else:
        run(shared_memory.SharedMemory(create=True, size=8 * COUNT), shared_memory.ShareableList([0] * 4))
    print("done")
"""
SHOWN = """
import os, sys
from multiprocessing import shared_memory
block = shared_memory.SharedMemory("block", create=True, size=8192)
block.buf[:5] = b"howdy"
sl = shared_memory.ShareableList([1, "two"], name="sl")
print("ready", flush=True)
sys.stdin.readline()
print(list(sl), sorted(os.listdir("/dev/shm")), flush=True)
sys.exit(3)
"""


def test_a_python_that_leaks(command, shm, mounts):
    leak = [sys.executable, "-c", LEAK]
    assert subprocess.run(leak, check=False).returncode == -9
    assert os.listdir(shm) == ["leak"], "bare: it stays"
    (shm / "leak").unlink()
    command("run", "--", *leak, status=128 + 9)
    assert os.listdir(shm) == []
    manager = mounts("--manager", "leaks")
    assert subprocess.run([*leak, manager.path], check=False).returncode == -9
    assert [path.name for path in shm.glob("[!.]*")] == ["leak"], "it stays until the manager ends"
    manager.unmount()
    assert os.listdir(shm) == []


@pytest.mark.parametrize("how", ["bare", "manager"])
def test_a_pool_over_a_list_and_an_array(command, shm, tmp_path, how):
    pytest.importorskip("numpy")
    (tmp_path / "pool.py").write_text(POOL)
    assert command("run", "--size", "300M", "--", sys.executable, tmp_path / "pool.py", how) == "done\n"
    assert os.listdir(shm) == []
    assert "still running" not in command.errors


@pytest.fixture
def shown(start, mounts, tmp_path):
    """A `shm run --mount` of SHOWN, and where it shows."""
    del mounts  # which skips where there is no FUSE
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("/dev/fuse is not there or not for this user")
    (tmp_path / "shown").mkdir()
    return start("--mount", tmp_path / "shown", "--", sys.executable, "-c", SHOWN), tmp_path / "shown"


def test_mount_shows_it_meanwhile(shown, shm):
    process, path = shown
    assert path.is_mount() and sorted(os.listdir(path)) == ["block", "sl"] and os.listdir(shm) == []
    assert (path / "block").read_bytes()[:5] == b"howdy" and (path / "block").stat().st_size == 8192
    assert (path / "sl/1.str").read_text() == "two\n"
    (path / "sl/0.int").write_text("77\n")
    (path / "new").touch()
    output, errors = process.communicate("\n", timeout=PATIENCE)
    assert output == "[77, 'two'] ['block', 'new', 'sl']\n" and process.returncode == 3, errors
    assert not path.is_mount() and os.listdir(path) == []


@pytest.fixture
def copied(command, tmp_path, monkeypatch):
    """The command in a directory of its own, and on PATH a shmount that marks that it ran."""
    for directory in "bin", "path", "shown":
        (tmp_path / directory).mkdir()
    command.program = shutil.copy(command.program, tmp_path / "bin")
    (tmp_path / "path/shmount").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran; exit 1\n")
    (tmp_path / "path/shmount").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/path:{os.environ['PATH']}")
    return command


def test_path_does_not_decide_which_daemon_runs(copied, mounts, tmp_path):
    del mounts
    arguments = "run", "--mount", tmp_path / "shown", "--", "true"
    installed = pathlib.Path(build_option("prefix", BUILD), build_option("bindir", BUILD), "shmount")
    if not installed.exists():
        copied(*arguments, status=125)
        assert f"shm: {installed}: No such file or directory\n" in copied.errors
    shutil.copy(SHMOUNT, tmp_path / "bin")
    copied(*arguments)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("victim", ["shm", "python", "shmount", "init"])
def test_killed(shown, victim):
    """Also the fixture `released` looks at what is left."""
    process, path = shown
    python = inside(process, pathlib.Path(sys.executable).name)
    first = {"shm": [process.pid], "python": python}.get(victim)
    os.kill((first or inside(process, {"init": "shm"}.get(victim, victim)))[0], signal.SIGKILL)
    if victim == "shmount":
        eventually(lambda: subprocess.run(["stat", path], capture_output=True, check=False).returncode)
    else:
        eventually(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in python))
    output, _ = process.communicate("\n", timeout=PATIENCE)
    assert process.returncode == {"shm": -9, "shmount": 3}.get(victim, 128 + 9)
    assert (output == "") == (victim != "shmount")
    eventually(lambda: not os.path.ismount(path) and os.listdir(path) == [])
