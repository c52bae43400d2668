# SPDX-License-Identifier: Apache-2.0
"""What runs the tests: a test that hangs, or ends pytest, is a failure by its name, and nothing else is lost."""

import os
import pathlib
import subprocess
import sys
import time

import pytest

TOP = pathlib.Path(__file__).parents[2]
SUPPORT = TOP / "tests/support"

HEAD = """
import os, signal, subprocess, sys, time
import pytest
"""


def run_watched(tmp_path, body, *before, limit=600, grace=1):
    """Runs the tests in `body` as tools/test does; returns what summary.py prints of them, the closing line last."""
    (tmp_path / "results").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_some.py").write_text(HEAD + body)
    environment = {
        **os.environ, "PYTHONPATH": str(SUPPORT), "SHMOUNT_TEST_LIMIT": str(limit), "SHMOUNT_TEST_GRACE": str(grace)
    }  # fmt: skip
    environment.pop("SHMOUNT_REPORT", None)
    environment.pop("CI", None)
    command = [*before, sys.executable, "-m", "pytest", "-q", "-p", "reporter", "test_some.py"]
    with open(tmp_path / "results/some.log", "wb") as log:
        done = subprocess.run(
            [sys.executable, SUPPORT / "watched.py", tmp_path / "results/some.jsonl", *command],
            cwd=tmp_path, env=environment, stdout=log, stderr=log, timeout=120, check=False,
        )  # fmt: skip
    print((tmp_path / "results/some.log").read_text(errors="replace"))
    (tmp_path / "results/some.status").write_text(f"{done.returncode}\n")
    return summary(tmp_path / "results", environment)


def summary(results, environment=None):
    done = subprocess.run(
        [sys.executable, SUPPORT / "summary.py", results], env=environment, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr)
    lines = done.stdout.splitlines()
    assert (done.returncode == 0) == (", 0 failed" in lines[-1])
    return lines


def test_outcomes(tmp_path):
    lines = run_watched(tmp_path, """
def test_passes(): pass
def test_fails(): assert 1 == 2
def test_skips(): pytest.skip("no wings")
@pytest.fixture
def bad(): raise OSError("no fixture")
def test_setup_fails(bad): pass
@pytest.fixture
def late():
    yield
    raise OSError("no end")
def test_teardown_fails(late): pass
""")  # fmt: skip
    assert lines[-1] == "1 passed, 3 failed, 1 skipped"
    text = "\n".join(lines)
    for part in ["test_fails: assert 1 == 2", "test_skips: no wings", "test_setup_fails: OSError: no fixture",
                 "test_teardown_fails: OSError: no end"]:  # fmt: skip
        assert f"test_some.py::{part}" in text


def test_a_file_that_cannot_be_imported_is_a_failure(tmp_path):
    assert run_watched(tmp_path, "def test_passes(): pass\nimport nothing_of_that_name")[-1].split()[2] != "0"


def test_one_that_hangs_is_a_failure_and_the_others_run(tmp_path):
    lines = run_watched(tmp_path, """
def test_before(): pass
def test_hangs():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.run(["sleep", "600"])
def test_after(): pass
""", limit=3)  # fmt: skip
    assert lines[-1] == "2 passed, 1 failed, 0 skipped"
    assert "test_some.py::test_hangs: not at its end after 3 s" in lines[0]


def test_one_that_ends_pytest_is_a_failure_and_the_others_run(tmp_path):
    lines = run_watched(tmp_path, """
def test_before(): pass
def test_ends(): os._exit(7)
def test_between(): pass
def test_killed(): os.kill(os.getpid(), signal.SIGKILL)
def test_last(): os._exit(0)
""")  # fmt: skip
    assert lines[-1] == "2 passed, 3 failed, 0 skipped"
    assert [line.split("::")[1].split(":")[0] for line in lines[:-1]] == ["test_ends", "test_killed", "test_last"]


def test_what_was_never_run_is_a_failure(tmp_path):
    body = "".join(f"def test_{number}(): os._exit(1)\n" for number in range(20))
    assert run_watched(tmp_path, body)[-1] == "0 passed, 20 failed, 0 skipped"


def test_a_runner_that_was_lost_keeps_what_it_wrote(tmp_path):
    (tmp_path / "some.status").write_text("lost\n")
    (tmp_path / "some.jsonl").write_text(
        '{"collected": ["a", "b", "c"]}\n{"start": "a", "time": 1}\n'
        '{"test": "a", "outcome": "passed", "reason": ""}\n{"end": "a"}\n{"start": "b", "time": 2}\n'
    )
    lines = summary(tmp_path)
    assert lines[-1] == "1 passed, 3 failed, 0 skipped"
    assert lines[:-1] == ["failed: some: b: not at its end", "failed: some: c: not run",
                          "failed: some: the runner: status lost"]  # fmt: skip


def test_a_unit_test_that_ends_the_program_leaves_the_others_counted(tmp_path):
    (tmp_path / "unit.status").write_text("134\n")
    (tmp_path / "unit.log").write_text(
        "[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n[ RUN      ] A/B.Two/0\n[  FAILED  ] A/B.Two/0, where (1 ms)\n"
        "[ RUN      ] A.Three\nterminate called\n"
    )
    lines = summary(tmp_path)
    assert lines[-1] == "1 passed, 3 failed, 0 skipped"
    assert "failed: unit: A.Three: the runner ended during it" in lines


def test_a_mount_that_hangs_is_let_go(tmp_path, mounts):
    """A daemon that is stopped answers no request: only the end of its connection wakes who waits."""
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("aborting a connection takes root of the initial user namespace")
    del mounts  # which skips where there is no FUSE
    program = pathlib.Path(os.environ.get("SHMOUNT_BUILD", TOP / "build-test")).absolute() / "fs/shmount"
    began = time.monotonic()
    lines = run_watched(tmp_path, f"""
def test_hangs(tmp_path):
    daemon = subprocess.Popen([{str(program)!r}, "-f", tmp_path], start_new_session=True)
    while not os.path.ismount(tmp_path):
        time.sleep(0.01)
    os.listdir(tmp_path)
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        open(tmp_path / "absent")
    finally:
        daemon.kill()
        daemon.wait()
        subprocess.run(["umount", "-l", tmp_path])
def test_after(): pass
""", *"unshare --mount --pid --fork --kill-child --mount-proc".split(), limit=3, grace=60)  # fmt: skip
    assert lines[-1] == "1 passed, 1 failed, 0 skipped"
    assert time.monotonic() - began < 60, "it was killed, and not let go"
