# SPDX-License-Identifier: Apache-2.0
"""Root's daemon keeps the rights that it needs once mounted, no others, and all works with them."""

import fcntl
import os
import pathlib
import re
import signal
import subprocess

import pytest

from harness import SHMOUNT, exit_status

# The numbers of <linux/capability.h>.
CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SETGID, SETUID = 0, 1, 2, 3, 4, 6, 7
SYS_ADMIN, LEASE = 21, 28
FOR_BLOCKS = {CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, LEASE}
FOR_USERS = {SETGID, SETUID}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no rights to drop")


def sanitized():
    return b"__asan_init" in SHMOUNT.read_bytes()


def status_of_threads(pid):
    """/proc/PID/status of each thread, as a dictionary."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        yield dict(line.split(":\t") for line in (task / "status").read_text().splitlines())


def capabilities(mask):
    return {bit for bit in range(64) if int(mask, 16) >> bit & 1}


def own_bounding():
    status = next(status_of_threads(os.getpid()))
    return capabilities(status["CapBnd"])


def check_rights(mnt, expected):
    expected = expected & own_bounding()
    threads = list(status_of_threads(mnt.pid))
    assert len(threads) >= 2  # what is dropped before a thread starts is dropped in it
    for status in threads:
        for name in "CapBnd", "CapPrm", "CapEff":
            assert capabilities(status[name]) == expected, name
        for name in "CapInh", "CapAmb":
            assert capabilities(status[name]) == set(), name
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == ("0" if sanitized() else "2")
    assert "could be given up" not in mnt.log()
    (guard,) = status_of_threads(mnt.guard)
    assert capabilities(guard["CapEff"]) == (FOR_BLOCKS | {SYS_ADMIN}) & own_bounding()
    assert guard["NoNewPrivs"] == "1"
    held = sorted(os.readlink(fd) for fd in pathlib.Path(f"/proc/{mnt.guard}/fd").iterdir())
    process, connection = sorted(held, key=lambda name: "pidfd" not in name)
    assert "pidfd" in process
    # Where fusectl cannot be had, in a user namespace, the device takes its place.
    assert re.fullmatch(r"(.*/)?\d+/abort|/dev/fuse", connection)


def to_administer(access, manager=False):
    """Passthrough takes it, and the marks of a manager; unmounting is the guard's."""
    return {SYS_ADMIN} if access == "passthrough" or manager else set()


def use(mnt):
    """Everything that may take a right."""
    block = mnt / "block"
    block.write_bytes(b"text")
    block.chmod(0o4640)
    if pathlib.Path("/proc/self/uid_map").read_text().split()[2] != "1":  # else there are no others
        os.chown(block, 1234, 1235)
    block.write_bytes(b"more")
    os.utime(block, (5, 5))
    os.setxattr(block, "user.x", b"1")
    assert os.listxattr(block) == ["user.x"]
    with open(block, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.posix_fallocate(file.fileno(), 0, 8192)
        file.truncate(100)
    draft = mnt / "trip"
    draft.mkdir()
    (draft / "0.str").write_text("howdy\n")
    (draft / "1.int").write_text("7\n")
    draft.chmod(0o500)
    assert sorted(os.listdir(draft)) == ["0.str", "1.int"]
    (draft / "1.int").write_text("8\n")
    assert (draft / "1.int").read_text() == "8\n"
    os.rename(block, mnt / "renamed")
    assert (mnt / "renamed").stat().st_size == 100
    os.unlink(mnt / "renamed")
    subprocess.run(["rm", "-r", draft], check=True)


def test_one_users(mounts, access):
    mnt = mounts("-o", f"access={access}")
    use(mnt)
    check_rights(mnt, FOR_BLOCKS | to_administer(access))
    mnt.unmount()


def test_all_users(mounts, access):
    mnt = mounts("-o", f"access={access},allow_other")
    use(mnt)
    check_rights(mnt, FOR_BLOCKS | FOR_USERS | to_administer(access))
    mnt.unmount()


@pytest.mark.parametrize("options", [(), ("--manager", "m")])
def test_a_signal_still_unmounts(mounts, shm, access, options):
    mnt = mounts("-o", f"access={access}", *options)
    (mnt / "block").touch()
    check_rights(mnt, FOR_BLOCKS | to_administer(access, manager=options))
    os.kill(mnt.pid, signal.SIGTERM)
    assert exit_status(mnt.pid) == 0
    mnt.ended = True
    assert not mnt.is_mounted()
    assert (shm / "block").exists() == (not options)


def test_in_the_background_too(mounts):
    mnt = mounts(foreground=False)
    check_rights(mnt, FOR_BLOCKS | to_administer("passthrough"))


@pytest.mark.parametrize("guarded", [True, False])
def test_a_signal_unmounts_where_libmount_keeps_notes(mounts, guarded):
    """libfuse would then run umount(8), which the filter denies. The guard does it, or where it was killed the
    daemon, as far as it has the right to."""
    notes = pathlib.Path("/run/mount")
    notes.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", notes], check=True)
    try:
        (notes / "utab").touch()
        mnt = mounts()
        if not guarded:
            os.kill(mnt.guard, signal.SIGKILL)
        os.kill(mnt.pid, signal.SIGTERM)
        mnt.expect_exit()
        assert not mnt.is_mounted()
        mnt.ended = True
    finally:
        subprocess.run(["umount", notes], check=True)
