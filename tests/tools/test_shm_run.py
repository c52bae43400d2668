# SPDX-License-Identifier: Apache-2.0
"""shm run: a command with a /dev/shm of its own, of which nothing is left whatever ends it."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from harness import PATIENCE
from run_support import LEAK, inside, released, start  # noqa: F401 (fixtures)


@pytest.mark.parametrize("script, status", [
    ("exit 0", 0), ("exit 7", 7), ("exit 255", 255),
    *((f"kill -{signal.value} $$", 128 + signal) for signal in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)),
])  # fmt: skip
def test_exit_status(command, script, status):
    command("run", "--", "bash", "-c", script, status=status)
    command("run", "bash", "-c", script, status=status)


def test_exit_status_of_what_cannot_be_run(command, tmp_path):
    (tmp_path / "text").write_text("no program")
    for absent in "no-such-command", "/no/such/command", "":
        command("run", "--", absent, status=127)
        assert command.errors == f"shm: {absent}: No such file or directory\n"
    for refused in tmp_path / "text", tmp_path:
        command("run", refused, status=126)
        assert "Permission denied" in command.errors
    command("run", "--mount", tmp_path / "absent", "--", "touch", tmp_path / "was run", status=125)
    assert not (tmp_path / "was run").exists()
    for wrong in [], ["--"], ["--size", "much", "true"], ["--nonsense", "true"]:
        command("run", *wrong, status=2)


def test_children_ignored_by_the_caller(command):
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    command("run", "--", "bash", "-c", "exit 7", status=7, **ignore)


def test_words_arrive_as_they_are(command):
    show = [sys.executable, "-c", "import sys; print(sys.argv[1:])"]
    words = ["--size", "-x", "", "[a", "--", "-1", "--help", "ls", "{b", "run", "--"]
    for before in [], ["--"], ["--size", "1M", "--"]:
        assert command("run", *before, *show, *words) == f"{words}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1], ids=str)
def test_signals_are_passed_on(start, number):
    handler = (
        f"import signal, sys; signal.signal({number:d}, lambda got, frame: sys.exit(got + 40));"
        "print('ready', flush=True); [signal.pause() for _ in iter(int, 1)]"
    )
    for script, status in [
        (f'exec {sys.executable} -c "$0"', number + 40), ("echo ready; exec sleep 1000", 128 + number)
    ]:  # fmt: skip
        process = start("--", "bash", "-c", script, handler)
        process.send_signal(number)
        assert process.wait(PATIENCE) == status


def test_nothing_passes_between_inside_and_outside(command, shm):
    (shm / "outside").write_bytes(b"theirs")
    script = "ls -A; for name in outside inside; do echo mine >$name; done; stat -c %a .; ls -A"
    assert command("run", "--", "bash", "-c", f"cd /dev/shm; {script}").split() == ["1777", "inside", "outside"]
    assert os.listdir(shm) == ["outside"] and (shm / "outside").read_bytes() == b"theirs"
    assert command("run", "ls", "-A", "/dev/shm") == "", "the second sees what the first left"


def test_size(command):
    fill = "dd if=/dev/zero of=/dev/shm/{} bs=1k count=1k status=none && stat -fc '%b %S' /dev/shm"
    blocks, size = command("run", "--size", "1M", "--", "bash", "-c", fill.format("fits")).split()
    assert int(blocks) * int(size) == 2**20
    command("run", "--size", "1020K", "--", "bash", "-c", fill.format("too-much"), status=1)
    assert "No space left on device" in command.errors


def test_what_lingers_is_named_and_ended(command):
    both = "[ $(cat /proc/[0-9]*/comm 2>&1 | grep -cx -e sleep -e tail) = 2 ]"
    script = f"sleep 1000 & (setsid tail -f /dev/null &) & until {both}; do :; done; exit 4"
    command("run", "--", "bash", "-c", script, status=4)
    lines = [re.fullmatch(r"shm: run: (\d+) \((\w+)\) was still running and is ended", line)
             for line in command.errors.splitlines()]  # fmt: skip
    assert sorted(line[2] for line in lines) == ["sleep", "tail"]
    assert not any(pathlib.Path(f"/proc/{line[1]}").exists() for line in lines)
    command("run", "--", "bash", "-c", "true & (true &) & exit 0")
    assert command.errors == ""


@pytest.mark.parametrize("leftovers", ["while :; do (sleep 0.01 &); sleep 0.05; done", "while kill -USR1 1; do sleep 0.05; done"],
                         ids=["children that end", "signals"])
def test_what_lingers_does_not_keep_it_from_ending(command, leftovers):
    command("run", "--", "bash", "-c", f"trap '' USR1; ({leftovers}) & exit 3", status=3)
    assert " (bash) was still running and is ended\n" in command.errors


def test_names_of_others_are_shown_escaped(command):
    rename = r'import ctypes, time; ctypes.CDLL(None).prctl(15, b"\x1b[31mred"); print(flush=True); time.sleep(1000)'
    command("run", "--", "bash", "-c", f"exec {{out}}< <({sys.executable} -c '{rename}'); read -u $out; exit 4", status=4)
    assert r" (\x1b[31mred) was still running" in command.errors
    command("run", "--", "no\x1b[31msuch", status=127)
    assert command.errors == "shm: no\\x1b[31msuch: No such file or directory\n"


def test_lingering_pids_are_the_callers(start):
    process = start("--", "bash", "-c", "sleep 1000 & echo ready; read -r")
    (pid,) = inside(process, "sleep")
    _, errors = process.communicate("\n", timeout=PATIENCE)
    assert f"shm: run: {pid} (sleep)" in errors, errors


@pytest.fixture
def as_user(as_nobody, command):
    """as_nobody, where such a user may have namespaces."""
    if b"__asan_init" in command.program.read_bytes():
        pytest.skip("its report file is another user's")
    probe = ["unshare", "--user", "--map-current-user", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False, **as_nobody)
    if done.returncode != 0:
        pytest.skip(f"user namespaces are refused: {done.stderr.strip()}")
    return as_nobody


def test_as_an_ordinary_user(command, as_user, shm, start):
    (shm / "outside").touch()
    script = "id -u; id -g; grep CapEff /proc/self/status; touch /dev/shm/inside; ls -lnA /dev/shm; exit 9"
    uid, gid, _, capabilities, *listing = command("run", "--", "bash", "-c", script, status=9, **as_user).split()
    assert (uid, gid, int(capabilities, 16)) == ("65534", "65534", 0)
    assert listing[-1] == "inside" and "outside" not in listing and listing.count("65534") == 2
    fill = ["dd", "if=/dev/zero", "of=/dev/shm/x", "bs=65k", "count=1"]
    command("run", "--size", "64K", "--", *fill, status=1, **as_user)
    command("run", "--", sys.executable, "-c", LEAK, status=128 + 9, **as_user)
    assert os.listdir(shm) == ["outside"]
    for victim, status in ("bash", 128 + 9), ("shm", -9):
        process = start("--", "bash", "-c", "sleep 1000 & echo ready; wait", **as_user)
        os.kill(process.pid if victim == "shm" else inside(process, victim)[0], signal.SIGKILL)
        _, errors = process.communicate(timeout=PATIENCE)  # which ends when all who could write have
        assert process.returncode == status and ("(sleep)" in errors) == (victim == "bash")
