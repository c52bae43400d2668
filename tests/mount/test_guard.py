# SPDX-License-Identifier: Apache-2.0
"""The guard, the daemon's second process: whatever a call waits in when the daemon is killed, it returns. In
test_ordinary_user.py the same of a user who is not root."""

import contextlib
import os
import re
import shlex
import signal
import subprocess

import pytest

from faults import WAIT
from harness import SHMOUNT, children, eventually, exit_status, mount_points, states

CONNECTIONS = "/sys/fs/fuse/connections"

# Each has the directory locked while it waits for the daemon.
CALLS = {
    "mkdir": "mkdir new",
    "rename": "mv one new",
    "replace": "mv -f one two",
    "create": ": >new",
    "unlink": "rm one",
}

# What happens to the mount, or to what a guard may need, after the daemon was started and before the call.
CHANGES = {
    "nothing": "true",
    "mounted over": "mount -t tmpfs tmpfs mnt",
    "unmounted lazily": "umount -l mnt",
    "moved": "mv up moved",
    "moved as a mount": "mkdir other && mount --move mnt other",
    "no proc": "umount -l /proc",
    "no sys": "umount -l /sys || mount -t tmpfs tmpfs /sys",
}


class Namespace:
    """A shell in a mount namespace of its own, which fusectl is not mounted in, in up/. Its working directory is not
    that of its commands: one in the mount would keep it busy."""

    def __init__(self, directory):
        (directory / "up/mnt").mkdir(parents=True)
        (directory / "backing").mkdir()
        os.symlink("up/mnt", directory / "mnt")
        self._started = []
        self._shell = subprocess.Popen(
            ["unshare", "--mount", "bash"], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.run(f"! mountpoint -q {CONNECTIONS} || umount {CONNECTIONS}")

    def run(self, command):
        """Runs a command to its end and returns the status with what it prints."""
        print(f"{{ {command}\n}} 2>&1; echo done $?", file=self._shell.stdin, flush=True)
        lines = []
        while not lines or not lines[-1].startswith("done "):
            line = self._shell.stdout.readline()
            assert line, f"the shell has ended in {command!r}"
            lines.append(line)
        return int(lines.pop().split()[1]), "".join(lines)

    def start(self, command):
        """Starts a command in the background and returns its number."""
        status, printed = self.run(f"{command} & echo $!")
        assert status == 0
        self._started.append(int(printed.split()[-1]))
        return self._started[-1]

    def close(self):
        for pid in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # which the shell has not waited for, so that it is no other's number
        self._shell.communicate("wait; exit\n")


@pytest.fixture
def namespace(tmp_path):
    made = Namespace(tmp_path)
    yield made
    made.close()
    for orphan in children():  # which come to us when the shell ends
        with contextlib.suppress(ChildProcessError):
            exit_status(orphan)


@pytest.mark.parametrize(
    ("call", "change"), [*((call, "nothing") for call in CALLS), *(("mkdir", change) for change in list(CHANGES)[1:])]
)
def test_a_call_returns_when_the_daemon_is_killed(namespace, faults, tmp_path, call, change):
    """The daemon's second thread waits for the directory, beyond the reach of a kill, and the call for the daemon.
    The guard frees them, wherever the mount is by now."""
    backing = tmp_path / "backing"
    for name in "one", "two":
        (backing / name).write_bytes(b"howdy")
    environment = " ".join(f"{key}={shlex.quote(value)}" for key, value in faults.environment.items())
    daemon = namespace.start(f"{environment} {SHMOUNT} -f --backing backing up/mnt >log 2>&1 </dev/null")
    eventually(lambda: "access=" in (tmp_path / "log").read_text())
    assert namespace.run("ls mnt") == (0, "one\ntwo\n")
    connection = namespace.run("mountpoint -d mnt/.")[1].strip().removeprefix("0:")
    (guard,) = children(daemon)
    os.mkfifo(tmp_path / "go")
    caller = namespace.start(f"{{ cd mnt && echo there && read && {CALLS[call]}; }} >said 2>&1 <go")
    with open(tmp_path / "go", "w", encoding="ascii") as go:
        eventually((tmp_path / "said").read_text)
        status, printed = namespace.run(CHANGES[change])
        if status != 0:
            pytest.skip(f"not possible here: {printed}")
        faults.arm(1, WAIT)
        print(file=go)
    eventually(faults.passed)
    (backing / "news").touch()
    eventually(lambda: "D" in states(daemon))
    os.kill(daemon, signal.SIGKILL)
    try:
        eventually(lambda: set(states(caller)) <= {"Z"})
    except AssertionError:
        abort(namespace, connection)
        raise
    assert exit_status(guard) == 0
    assert re.search("connection abort|not connected", (tmp_path / "said").read_text())
    assert sorted(os.listdir(backing)) == ["news", "one", "two"]


def abort(namespace, connection):
    """So that a test that has failed leaves nothing that cannot be killed."""
    namespace.run(f"mount -t fusectl none {CONNECTIONS}; echo 1 >{CONNECTIONS}/{connection}/abort")


def test_a_guard_that_is_not_needed_does_nothing(mnt, shm):
    """The daemon ends without it, also by a signal that a service manager sends to both; and with it killed."""
    os.kill(mnt.guard, signal.SIGTERM)
    os.kill(mnt.guard, signal.SIGINT)
    (mnt / "block").write_bytes(b"howdy")
    assert children(mnt.pid) == [mnt.guard]
    os.kill(mnt.guard, signal.SIGKILL)
    assert (mnt / "block").read_bytes() == b"howdy"
    mnt.unmount()


def test_a_mount_on_a_link_has_a_guard_too(mounts, tmp_path):
    (tmp_path / "place").mkdir()
    (tmp_path / "link").symlink_to("place")
    subprocess.run([SHMOUNT, tmp_path / "link"], check=True, stdout=subprocess.DEVNULL)
    (daemon,) = children()
    (guard,) = children(daemon)
    os.kill(daemon, signal.SIGTERM)
    assert exit_status(daemon) == 0
    assert str(tmp_path / "place") not in mount_points()


@pytest.mark.parametrize("helped", [True, False], ids=["with a guard", "without"])
def test_what_is_mounted_over_it_stays(tmp_path, helped):
    """Its own mount stays beneath, dead, since the kernel unmounts only what is on top."""
    place = tmp_path / "place"
    place.mkdir()
    subprocess.run([SHMOUNT, place], check=True, stdout=subprocess.DEVNULL)
    (daemon,) = children()
    if not helped:
        os.kill(children(daemon)[0], signal.SIGKILL)
    subprocess.run(["mount", "-t", "tmpfs", "precious", place], check=True)
    try:
        (place / "file").write_text("data")
        os.kill(daemon, signal.SIGTERM)
        assert exit_status(daemon) == 0
        assert (place / "file").read_text() == "data"
    finally:
        subprocess.run(["umount", place], check=True)
    with pytest.raises(OSError, match="not connected"):
        os.listdir(place)
    subprocess.run(["umount", place], check=True)


def test_a_stopped_guard_does_not_hang_the_end(mnt):
    os.kill(mnt.guard, signal.SIGSTOP)
    mnt.unmount()
