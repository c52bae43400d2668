# SPDX-License-Identifier: Apache-2.0
"""The parts of conftest.py's fixtures: a mounted shmount, and waiting for conditions."""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

SHMOUNT = pathlib.Path(os.environ.get("SHMOUNT_BUILD", "build-test")).absolute() / "fs/shmount"
SHM = pathlib.Path("/dev/shm")
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36


# Sanitizers make everything slow: large counts are for the other build.
SANITIZED = bool(os.environ.get("SHMOUNT_SANITIZED"))
MANY = 5_000 if SANITIZED else 100_000


# Seconds. Nothing takes so long even on the busiest machine, unless it is broken.
PATIENCE = 120


def eventually(predicate, timeout=PATIENCE):
    """Returns the first true result of `predicate`, which may fail with an OSError before."""
    deadline = time.monotonic() + timeout
    while True:
        error = None
        try:
            result = predicate()
        except OSError as caught:
            result, error = None, caught
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {timeout} s") from error
        time.sleep(0.002)


def mount_points():
    """Every mount point in this namespace, later mounts last."""
    octal = re.compile(r"\\([0-7]{3})")
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        return [octal.sub(lambda m: chr(int(m[1], 8)), line.split()[4]) for line in lines]


def children(of=None):
    """The child processes of this one, or of `of`. Orphans below this process become its children too."""
    of = of or os.getpid()
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == of:
            found.append(int(stat.parent.name))
    return found


def reap_orphans(before):
    """Whether no child is left except those in `before`. Reaps children that have ended."""
    for pid in set(children()) - set(before):
        os.waitpid(pid, os.WNOHANG)
    return set(children()) <= set(before)


def states(pid):
    """The state of each thread of a process, as the letter in proc(5)."""
    stats = pathlib.Path(f"/proc/{pid}/task").glob("*/stat")
    return [stat.read_text().rpartition(")")[2].split()[0] for stat in stats]


def asleep(pid):
    """Whether a process waits in a system call that a signal can end."""
    return set(states(pid)) == {"S"}


def adopt_orphans(adopt=True):
    """Makes daemons that go into the background children of this process, so that their exit can be seen; or stops
    that."""
    if LIBC.prctl(PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def exit_status(pid, timeout=PATIENCE):
    """Reaps the child `pid` and returns its exit status, or the negative signal that ended it."""
    status = []

    def ended():
        done, result = os.waitpid(pid, os.WNOHANG)
        status.append(result)
        return done == pid

    eventually(ended, timeout)
    return os.waitstatus_to_exitcode(status[-1])


def listed(backing):
    """The names in a backing. Of a staging directory, which a daemon keeps while it is mounted, what lies in it
    but for locks."""
    names = []
    for name in os.listdir(backing):
        if name.startswith(".shmount-") and os.path.isdir(f"{backing}/{name}"):
            names += [f"{name}/{each}" for each in os.listdir(f"{backing}/{name}") if not each.endswith("lock")]
        else:
            names.append(name)
    return names


def pass_by_what_is_gone(_function, _path, error):
    """For shutil.rmtree: a daemon may remove something of its own at the same time."""
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


def empty(directory):
    """Removes everything in a directory."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, onerror=pass_by_what_is_gone)
        else:
            path.unlink()


class Mount:
    """A running `shmount`. `mount / "name"` is the path of a file in it."""

    any_killed = False  # since the test began

    def __init__(self, path, options, backing=SHM, foreground=True):
        self.path = path
        self.backing = backing
        self.ended = False
        self._log = path.with_name(path.name + ".log")
        self.command = [SHMOUNT, *(["-f"] if foreground else []), *options]
        if backing != SHM:
            self.command += ["--backing", backing]
        self.command.append(path)
        before = set(children())
        with open(self._log, "wb") as log:
            # A session of its own: on Ctrl-C the tests clean up, and the daemon must not end before.
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self.pid = process.pid
        process.returncode = 0  # it is reaped here, by exit_status()
        try:
            if not foreground:
                self.expect_exit(0)
                (self.pid,) = set(children()) - before
            eventually(self._answers)
            eventually(self._has_started)
            (self.guard,) = children(self.pid)
        except BaseException:
            self._abandon()
            raise

    def _has_started(self):
        """Whether it waits for requests, with no descriptor open that it needs only to start."""
        waits = asleep(self.pid)
        self._descriptors = self.descriptors()
        return waits and asleep(self.pid)

    def __truediv__(self, name):
        return self.path / name

    def __fspath__(self):
        return str(self.path)

    def log(self):
        return self._log.read_text(errors="replace")

    def is_mounted(self):
        return str(self.path) in mount_points()

    def descriptors(self):
        """The descriptors that the daemon has open, except for its connections to the kernel and the staging
        directories that it keeps."""
        found = []
        for fd in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                found.append(os.readlink(fd))
            except FileNotFoundError:
                pass
        kept = re.compile(r".*/\.shmount-\d+(\.\d+)?")
        return sorted(name for name in found if name != "/dev/fuse" and not kept.fullmatch(name))

    def unmount(self, *command):
        """Unmounts, and checks that all descriptors were closed, that the mount was not busy, and that the daemon
        ends with 0."""
        try:
            eventually(lambda: self.descriptors() == self._descriptors)
        except AssertionError:
            raise AssertionError(f"the daemon holds {self.descriptors()} and not {self._descriptors}") from None
        subprocess.run([*(command or ("fusermount3", "-u")), self.path], check=True)
        self.expect_exit()
        self.ended = True
        assert not self.is_mounted()

    def kill(self, detach=True):
        """Kills the daemon and, if `detach`, unmounts its dead mount, even if that is in use."""
        os.kill(self.pid, signal.SIGKILL)
        self.killed(detach)

    def killed(self, detach=True):
        """The same if the daemon was killed already. Its guard, now our child, has ended too."""
        Mount.any_killed = True
        self.expect_exit(-signal.SIGKILL)
        assert exit_status(self.guard) == 0
        if detach:
            self.detach()

    def detach(self):
        subprocess.run(["fusermount3", "-u", "-z", self.path], check=True)
        self.ended = True

    def finish(self):
        """Ends a mount that the test has not ended itself, and checks its log."""
        try:
            if not self.ended:
                self.unmount()
        except BaseException:
            self._abandon()
            raise
        finally:
            print(f"{self.path}:\n{self.log()}")
        assert not re.search("Sanitizer|runtime error", self.log()), self.log()

    def _abandon(self):
        if self.pid in children():
            guards = children(self.pid)
            os.kill(self.pid, signal.SIGKILL)
            for process in self.pid, *guards:
                exit_status(process)
        subprocess.run(["umount", "-l", self.path], check=False, stderr=subprocess.DEVNULL)

    def _answers(self):
        if not self.is_mounted():
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                raise AssertionError(f"{self.command} ended:\n{self.log()}")
            return False
        return os.stat(self.path)  # waits until the daemon has answered the kernel's first request

    def expect_exit(self, expected=0):
        """Waits until the daemon ends by itself, and checks its exit status."""
        status = exit_status(self.pid)
        assert status == expected, f"{self.command} exited with {status}:\n{self.log()}"
