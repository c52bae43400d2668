# SPDX-License-Identifier: Apache-2.0
"""`shmount ~/shm` of a user who is not root: through fusermount3, every everyday task, with access=direct and with links."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

from faults import WAIT, Faults
from harness import PATIENCE, SHMOUNT, children, eventually, exit_status, mount_points, states

ANN = 65534  # nobody: fusermount3 wants a user with a name


def sanitized():
    return b"__asan_init" in SHMOUNT.read_bytes()


@pytest.fixture
def home(shm):
    """A home of ANN with a copy of the program, since the tree may be for its owner alone."""
    del shm
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("no second user: not root of the initial user namespace")
    if sanitized():
        pytest.skip("its report file is another user's")
    fusermount = pathlib.Path(shutil.which("fusermount3") or "/absent")
    if not fusermount.exists() or not fusermount.stat().st_mode & 0o4000:
        pytest.skip("fusermount3 is not set-user-ID here")
    device = pathlib.Path("/dev/fuse")
    before = device.stat().st_mode & 0o7777
    with tempfile.TemporaryDirectory() as path:
        home = pathlib.Path(path)
        shutil.copy(SHMOUNT, home / "shmount")
        (home / "shm").mkdir()
        for place in home, home / "shm":
            os.chown(place, ANN, ANN)
            place.chmod(0o755)
        device.chmod(0o666)  # as udev makes it where it runs
        try:
            yield home
        finally:
            if str(home / "shm") in mount_points():
                subprocess.run(["umount", home / "shm"], check=True)
            device.chmod(before)
            for daemon in children():
                assert exit_status(daemon) == 0


def as_ann(home, script, **more):
    done = subprocess.run(
        ["bash", "-euc", f"umask 022; cd {home}; {script}"],
        user=ANN, group=ANN, extra_groups=[], capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={**os.environ, "HOME": str(home), "PYTHON": sys.executable}, **more,
    )  # fmt: skip
    return done


@pytest.fixture(params=["auto", "link"])
def mounted(home, request):
    done = as_ann(home, f"./shmount --access {request.param} shm")
    assert done.returncode == 0, done.stderr
    if request.param == "auto":
        assert "access=direct (auto, as passthrough needs CAP_SYS_ADMIN)" in done.stdout
    return home


TASKS = {
    "blocks": """
        truncate -s 4096 shm/a; test "$(stat -c %s /dev/shm/a)" = 4096; echo text > shm/a
        test "$(cat /dev/shm/a)" = text; cp shm/a shm/b; mv shm/b shm/c; ls shm | grep -x c; rm shm/a shm/c
        test -z "$(ls /dev/shm)"; mktemp -p shm psm_XXXXXXXX; test -n "$(ls /dev/shm)" """,
    "lists": """
        $PYTHON -c "$MAKE"; ls shm/trip | grep -x 1.float
        test "$(cat shm/trip/1.float)" = -273.154; echo -78.5 > shm/trip/1.float
        echo dry ice > shm/trip/1.str; test "$(cat shm/trip/1)" = 'dry ice'
        ! echo larger than its storage > shm/trip/1.str; test "$(cat shm/trip/-4)" = 'dry ice'
        mv shm/trip/2.int shm/trip/2.str; cat shm/trip/.format shm/trip/.values shm/trip/.shm > values
        rm -r shm/trip; test ! -e /dev/shm/trip """,
    "drafts": """
        mkdir shm/d; echo 1 > shm/d/1.int; echo a > shm/d/0.str; ! echo x > shm/d/2.int; rm shm/d/2.int
        chmod a-w shm/d; test -f /dev/shm/d; test "$(cat shm/d/1)" = 1
        cp -a shm/d save; rm -r shm/d; cp -a save shm/d; cmp shm/d/0.str save/0.str
        tar -C shm -c d | tar -C . -x; rm -r shm/d """,
    "mmap": """
        truncate -s 4096 shm/m; $PYTHON -c "$MAP"; test "$(head -c 5 /dev/shm/m)" = hello
        test "$(head -c 5 shm/m)" = hello """,
}
# With links it is a link that these move and copy.
FILE_TASKS = {
    "mv": """
        echo precious > /dev/shm/results; mv shm/results results; test ! -e /dev/shm/results
        test "$(cat results)" = precious """,
    "cp": """
        echo precious > shm/results; cp -a shm/results results; rm shm/results; test "$(cat results)" = precious """,
    "tar": """
        echo precious > shm/results; tar -C shm -cf saved.tar results; rm shm/results; tar -C shm -xf saved.tar
        test "$(cat /dev/shm/results)" = precious """,
    "rsync": """
        echo precious > shm/results; rsync -a shm/ saved/; rm shm/results; test "$(cat saved/results)" = precious """,
}
MAKE = """
from multiprocessing import resource_tracker, shared_memory as s
resource_tracker.register = lambda *a: None
s.ShareableList(['howdy', -273.154, 100, None, True], name='trip')
"""
MAP = """
import errno, mmap, os
place = 'shm/m'
if not os.path.islink(place):
    with open(place, 'r+b') as f:
        try: mmap.mmap(f.fileno(), 4096)
        except OSError as error: assert error.errno == errno.ENODEV
        else: raise AssertionError('mapped')
    place = '/dev/shm/m'
with open(place, 'r+b') as f, mmap.mmap(f.fileno(), 4096) as m: m[:5] = b'hello'
"""


@pytest.mark.parametrize("task", TASKS)
def test_everyday_tasks(mounted, task, monkeypatch):
    monkeypatch.setenv("MAKE", MAKE)
    monkeypatch.setenv("MAP", MAP)
    done = as_ann(mounted, f"set -x; {TASKS[task]}")
    assert done.returncode == 0, done.stderr
    for path in pathlib.Path("/dev/shm").iterdir():
        assert path.stat().st_uid == ANN


@pytest.mark.parametrize("mounted", ["auto"], indirect=True)
@pytest.mark.parametrize("task", FILE_TASKS)
def test_file_tools_copy_and_move_blocks(mounted, task):
    done = as_ann(mounted, f"set -x; {FILE_TASKS[task]}")
    assert done.returncode == 0, done.stderr


def test_it_unmounts_as_the_user(mounted):
    done = as_ann(mounted, "fusermount3 -u shm")
    assert done.returncode == 0, done.stderr
    eventually(lambda: str(mounted / "shm") not in mount_points())


def test_others_are_kept_out(mounted, home):
    done = subprocess.run(["ls", home / "shm"], user=40002, group=40002, extra_groups=[],
                          capture_output=True, check=False, cwd="/")  # fmt: skip
    assert done.returncode != 0


@pytest.fixture(params=[True, False], ids=["with fusectl", "without"])
def fusectl(request):
    """Whether the kernel lets who mounted a FUSE file system abort it. systemd mounts fusectl everywhere; many
    containers are without."""
    place = "/sys/fs/fuse/connections"
    is_mounted = place in mount_points()
    mount, unmount = ["mount", "-t", "fusectl", "none", place], ["umount", place]
    if is_mounted != request.param:
        subprocess.run(mount if request.param else unmount, check=True)
    yield
    if is_mounted != request.param:
        subprocess.run(unmount if request.param else mount, check=True)


def test_a_kill_while_it_tells_of_a_change(home, fusectl):
    """As in test_guard.py, by what a user may."""
    faults = Faults(home / "faults")
    os.chown(home / "faults", ANN, ANN)
    done = as_ann(home, f"SHMOUNT_FAULTS={home}/faults ./shmount shm")
    assert done.returncode == 0, done.stderr
    (daemon,) = children()
    (guard,) = children(daemon)
    faults.arm(1, WAIT)
    caller = subprocess.Popen(["mkdir", home / "shm/n"], user=ANN, group=ANN, stderr=subprocess.PIPE)
    eventually(lambda: faults.passed())
    pathlib.Path("/dev/shm/news").touch()
    eventually(lambda: "D" in states(daemon))
    os.kill(daemon, signal.SIGKILL)
    assert exit_status(daemon) == -signal.SIGKILL
    assert exit_status(guard) == 0
    assert b"Software caused connection abort" in caller.communicate(timeout=PATIENCE)[1]


def test_it_lends_its_rights_to_nobody(home):
    """With allow_other an ordinary user's daemon would do for all what he may."""
    done = as_ann(home, "./shmount -o allow_other shm")
    assert done.returncode == 2 and "default_permissions" in done.stderr
    assert str(home / "shm") not in mount_points()
