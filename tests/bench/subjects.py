# SPDX-License-Identifier: Apache-2.0
"""What is measured side by side: a tmpfs, and mounts that show one."""

import contextlib
import ctypes
import os
import pathlib
import resource
import subprocess
import time

_LIBC = ctypes.CDLL(None, use_errno=True)
_MS_REMOUNT = 32
_URING = pathlib.Path("/sys/module/fuse/parameters/enable_uring")

TMPFS, SHMOUNT, URING, HP = "tmpfs", "shmount", "io_uring", "passthrough_hp"


class Unavailable(Exception):
    """Why something cannot be measured here."""


def mount_tmpfs(path):
    path.mkdir(parents=True, exist_ok=True)
    options = "mode=1777,size=8g,nr_inodes=0"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)


def known_files():
    """How many files the kernel may know of passthrough_hp, which holds each of them open."""
    wanted = int(pathlib.Path("/proc/sys/fs/nr_open").read_text())
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1000


def until(predicate, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            raise Unavailable(f"{what} took more than {seconds} s")
        time.sleep(0.0005)


@contextlib.contextmanager
def uring_as_before():
    """Leaves the kernel's parameter as it was found."""
    before = _URING.read_text() if _URING.exists() else None
    try:
        yield
    finally:
        if before is not None and _URING.read_text() != before:
            _URING.write_text(before)


@contextlib.contextmanager
def _uring_allowed():
    """It counts when a connection starts: it is put back at once."""
    with uring_as_before():
        try:
            _URING.write_text("Y")
        except OSError as error:
            raise Unavailable(f"{_URING} cannot be set ({error.strerror})") from None
        yield


class Subject:
    """A directory to measure in. `backing` is the tmpfs that its files lie in."""

    command = None  # of the daemon, which runs in the foreground

    def __init__(self, name, backing, path):
        self.name = name
        self.backing = backing
        self.path = path
        self.log = path.with_suffix(".log")
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        if not self.command:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        before = self.path.stat().st_dev
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

        def answers():
            if self._process.poll() is not None:
                lines = self.log.read_text(errors="replace").strip().splitlines()
                self._process = None
                raise Unavailable(lines[-1] if lines else "it ended without a word")
            return self.path.stat().st_dev != before

        until(answers, f"mounting {self.name}")

    def stop(self):
        if self._process:
            subprocess.run(["umount", "-i", self.path], check=True)
            self._process.wait(30)
            self._process = None

    def forget(self):
        """Makes the kernel forget the names of this mount, and only of this."""
        if self._process and _LIBC.mount(b"none", os.fsencode(self.path), None, _MS_REMOUNT, None):
            raise OSError(ctypes.get_errno(), "remount")

    def status(self, field):
        """A number from the daemon's /proc/PID/status, summed over its threads where it is theirs."""
        total = 0
        paths = [pathlib.Path(f"/proc/{self.pid}/status")]
        if field.endswith("ctxt_switches"):
            paths = pathlib.Path(f"/proc/{self.pid}/task").glob("*/status")
        for path in paths:
            total += int(path.read_text().split(f"\n{field}:")[1].split()[0])
        return total

    def pss(self):
        """KiB."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(text.split("\nPss:")[1].split()[0])


class Shmount(Subject):
    def __init__(self, build, backing, path, *options, name=SHMOUNT):
        super().__init__(name, backing, path)
        self.program = build / "fs/shmount"
        self.arguments = [*options, "--backing", backing, path]
        self.command = [self.program, "-f", *self.arguments]

    def start_in_background(self):
        """The seconds until it answered; ended by unmount()."""
        self.path.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        subprocess.run([self.program, *self.arguments], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    def unmount(self):
        subprocess.run(["umount", "-i", self.path], check=True)


class ShmountUring(Shmount):
    def __init__(self, build, backing, path):
        super().__init__(build, backing, path, "-o", "io_uring", name=URING)

    def start(self):
        with _uring_allowed():
            super().start()
            with contextlib.suppress(Unavailable):
                until(self._rings, "starting the rings", 2)
        if not self._rings():
            log = self.log.read_text(errors="replace").strip().splitlines()
            self.stop()
            raise Unavailable(f"it did not start ({log[-1] if log else 'no reason in the log'})")

    def _rings(self):
        tasks = pathlib.Path(f"/proc/{self.pid}/task").glob("*/comm")
        return any("ring" in task.read_text() for task in tasks)


class PassthroughHp(Subject):
    def __init__(self, build, backing, path):
        super().__init__(HP, backing, path)
        self._program = build / "tests/bench/passthrough_hp"
        self.command = [self._program, "--foreground", backing, path]

    def start(self):
        if not self._program.exists():
            raise Unavailable("it is built only where libfuse is, as a subproject")
        super().start()


def side_by_side(build, top):
    """One subject of each kind, each over a tmpfs of its own, so that none hears of another's events."""
    backings = {}
    for name in (TMPFS, SHMOUNT, URING, HP):
        backings[name] = top / "backing" / name
        mount_tmpfs(backings[name])
    return [
        Subject(TMPFS, backings[TMPFS], backings[TMPFS]),
        Shmount(build, backings[SHMOUNT], top / SHMOUNT),
        ShmountUring(build, backings[URING], top / URING),
        PassthroughHp(build, backings[HP], top / HP),
    ]
