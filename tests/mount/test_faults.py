# SPDX-License-Identifier: Apache-2.0
"""What the machine runs out of, or takes away. Full memory is in test_draft_refuse.py, lost events are in
test_live.py, kills in test_faults_kill.py and
test_guard.py."""

import contextlib
import errno
import os
import pathlib
import resource
import signal
import subprocess
import sys

import pytest

from harness import PATIENCE, SHMOUNT, children, eventually, exit_status


def ends_well(mnt):
    """The backing that it holds is called something else by now."""
    subprocess.run(["fusermount3", "-u", mnt.path], check=True)
    mnt.expect_exit()
    mnt.ended = True


def test_a_backing_that_is_unmounted(mounts, tmp_path):
    """Whoever still has it goes on with it, as everywhere."""
    backing = tmp_path / "backing"
    backing.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", backing], check=False)
    if made.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    (backing / "block").write_bytes(b"howdy")
    mnt = mounts(backing=backing)
    busy = subprocess.run(["umount", backing], check=False, capture_output=True)
    assert busy.returncode != 0
    subprocess.run(["umount", "-l", backing], check=True)
    assert os.listdir(backing) == []
    assert (mnt / "block").read_bytes() == b"howdy"
    (mnt / "new").write_bytes(b"dry ice")
    assert sorted(os.listdir(mnt)) == ["block", "new"]
    ends_well(mnt)


def test_a_backing_that_is_removed(mounts, shm):
    backing = shm / "backing"
    backing.mkdir()
    mnt = mounts(backing=backing)
    backing.rmdir()
    assert os.listdir(mnt) == []
    with pytest.raises(FileNotFoundError):
        (mnt / "new").touch()
    ends_well(mnt)


def test_descriptors_that_run_out(mnt, shm):
    """Who opens gets EMFILE; what is open goes on, and when some are closed it is as before."""
    blocks = 40
    for number in range(blocks):
        (shm / f"block{number}").write_bytes(b"howdy")
    held = len(list(pathlib.Path(f"/proc/{mnt.pid}/fd").iterdir()))
    limit = resource.prlimit(mnt.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(mnt.pid, resource.RLIMIT_NOFILE, (held + 10, limit[1]))
    opened = []
    with pytest.raises(OSError) as refused:
        for number in range(blocks):
            opened.append(os.open(mnt / f"block{number}", os.O_RDWR))
    assert refused.value.errno == errno.EMFILE
    assert 0 < len(opened) < blocks
    for fd in opened:
        assert os.pread(fd, 100, 0) == b"howdy"
        os.close(fd)
    eventually(lambda: len(list(pathlib.Path(f"/proc/{mnt.pid}/fd").iterdir())) == held)
    for number in range(blocks):
        assert (mnt / f"block{number}").read_bytes() == b"howdy"
    resource.prlimit(mnt.pid, resource.RLIMIT_NOFILE, limit)


@contextlib.contextmanager
def limited(program, mountpoint, *drop):
    """A daemon for all users, started where no more than 300 files may be open."""
    command = ["prlimit", "--nofile=300:300", "setpriv", *drop, "--no-new-privs", program, "-f", "-o", "allow_other"]
    daemon = subprocess.Popen([*command, mountpoint], stdout=subprocess.PIPE, text=True)
    try:
        assert "access=" in daemon.stdout.readline()
        yield daemon
    finally:
        daemon.terminate()
        assert daemon.wait(PATIENCE) == 0
        daemon.stdout.close()


def test_root_raises_the_limit_on_open_files(public, run_shmount):
    status = pathlib.Path("/proc/self/status").read_text()
    sys_resource = int(status.partition("CapEff:")[2].split()[0], 16) >> 24 & 1
    most = 1 << 20 if sys_resource else 300
    with limited(run_shmount.program, public) as daemon:
        assert resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE) == (most, most)


HOG = """
import os, sys
try:
    while True:
        os.open(sys.argv[1], os.O_RDWR)
except OSError as error:
    print(error.errno, flush=True)
sys.stdin.read()
"""


def test_no_user_uses_up_the_descriptors(public, run_shmount, shm):
    (shm / "a").write_bytes(b"howdy")
    (shm / "a").chmod(0o666)
    drop = ["--inh-caps=-sys_resource", "--bounding-set=-sys_resource"]
    with limited(run_shmount.program, public, *drop), subprocess.Popen(
        [sys.executable, "-c", HOG, public / "a"], user=40001, group=40001, extra_groups=[], cwd="/",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as hog:  # fmt: skip
        assert hog.stdout.readline() == f"{errno.EMFILE}\n"
        done = subprocess.run(
            ["sh", "-c", "cat $0/a && ls $0", public], user=40002, group=40002, extra_groups=[], cwd="/",
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "howdya\n"
        hog.stdin.close()


def test_no_inotify_watch_is_left(tmp_path):
    """Then nothing is kept. In a user namespace, which has a limit of its own."""
    (tmp_path / "mnt").mkdir()
    (tmp_path / "backing").mkdir()
    script = """
        echo 0 >/proc/sys/user/max_inotify_watches || exit 77
        "$1" --backing backing mnt || exit
        echo one >backing/block && cat mnt/block
        echo longer >backing/block && stat -L -c %s mnt/block && mv backing/block backing/moved && ls mnt
        umount mnt"""
    before = set(children())
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", SHMOUNT],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no user namespace here: {done.stderr}")
    first, *others = done.stdout.splitlines()
    assert first.endswith("; no caching, as inotify has no watch left"), done
    assert others == ["one", "7", "moved"]
    assert done.returncode == 0
    assert [exit_status(daemon) for daemon in set(children()) - before] == [0]


def test_requests_wait_for_a_daemon_that_is_stopped(mnt, shm):
    """More of them than the kernel sends at once; those who were interrupted have not changed anything."""
    callers = 60
    (shm / "block").touch()
    os.kill(mnt.pid, signal.SIGSTOP)
    try:
        waiting = [subprocess.Popen(["touch", mnt / f"new{number}"]) for number in range(callers)]
        for process in waiting[: callers // 2]:
            process.kill()
    finally:
        os.kill(mnt.pid, signal.SIGCONT)
    statuses = [process.wait(PATIENCE) for process in waiting]
    assert set(statuses[callers // 2 :]) == {0}
    assert set(statuses[: callers // 2]) <= {0, -signal.SIGKILL}
    for number in range(callers // 2, callers):
        assert (shm / f"new{number}").exists()
    assert (mnt / "block").exists()
