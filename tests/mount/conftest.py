# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the mount tests. tools/test runs them in namespaces of their own, with an empty /dev/shm that nobody
else uses. A test fails if it leaves anything (a mount, a process, a descriptor in the daemon, a staging directory);
the blocks that it made are removed."""

import os
import pathlib
import subprocess
import tempfile

import pytest

import harness
from faults import Faults
from harness import PATIENCE, SHM, SHMOUNT, Mount, eventually
from python_session import PySession, interpreters

# A system call that the daemon's filter does not allow kills the daemon: so all of these tests prove its list.
os.environ["SHMOUNT_FAULTS_FILTER"] = "kill"


def pytest_sessionstart():
    if not SHMOUNT.exists():
        pytest.exit(f"there is no {SHMOUNT}: run tools/test, or set SHMOUNT_BUILD", 2)
    if list(SHM.iterdir()):
        pytest.exit(f"{SHM} is in use, and these tests empty it: run tools/test", 2)
    harness.adopt_orphans()


def why_no_passthrough():
    """Why the kernel refuses passthrough here, or None."""
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if release < (6, 9):
        return "kernel passthrough needs Linux 6.9"
    users = int(pathlib.Path("/proc/self/uid_map").read_text().split()[2])
    if os.geteuid() != 0 or users < 2**32 - 1:
        return "kernel passthrough needs root of the initial user namespace"
    return None


@pytest.fixture(autouse=True)
def nothing_left():
    before = harness.mount_points()
    processes = harness.children()
    Mount.any_killed = False
    yield
    # What a killed daemon has kept goes with the next one, if there is any. It is empty.
    kept = harness.listed(SHM) if Mount.any_killed else os.listdir(SHM)
    staging = [name for name in kept if name.startswith(".shmount-")]
    harness.empty(SHM)
    assert sorted(harness.mount_points()) == sorted(before)
    # The resource tracker of a Python, or the server of its manager, ends by itself, but after the Python.
    harness.eventually(lambda: harness.reap_orphans(processes))
    assert not staging


@pytest.fixture
def shm():
    """The backing of most mounts."""
    return SHM


@pytest.fixture
def tmpfs(tmp_path):
    """tmpfs("size=1m", type="tmpfs") mounts a new file system and returns its Path."""
    made = []

    def mount(options="size=16m", type="tmpfs"):
        path = tmp_path / f"{type}{len(made)}"
        path.mkdir()
        done = subprocess.run(
            ["mount", "-t", type, "-o", options, type, path], capture_output=True, text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"no {type} can be mounted here: {done.stderr.strip()}")
        made.append(path)
        return path

    yield mount
    for path in reversed(made):
        subprocess.run(["umount", path], check=True)


@pytest.fixture
def overlay(tmpfs):
    """A directory of ordinary files: it lies on an overlayfs, so they are not shared memory."""
    memory = tmpfs()
    for name in "lower", "upper", "work":
        (memory / name).mkdir()
    return tmpfs(
        f"lowerdir={memory}/lower,upperdir={memory}/upper,workdir={memory}/work,userxattr", type="overlay"
    )


@pytest.fixture
def mounts(tmp_path, tmpfs):
    """mounts(*options, backing=…, foreground=True, path=…) mounts shmount and returns the Mount."""
    del tmpfs  # only for the order: a backing is unmounted after what shows it
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("/dev/fuse is not there or not for this user")
    made = []

    def mount(*options, backing=SHM, foreground=True, path=None):
        path = path or tmp_path / f"mnt{len(made)}"
        path.mkdir(exist_ok=True)
        made.append(Mount(path, options, backing, foreground))
        return made[-1]

    yield mount
    errors = []
    for one in reversed(made):
        try:
            one.finish()
        except Exception as error:  # unmount the others all the same
            errors.append(error)
    assert not errors, errors


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path / "faults")


@pytest.fixture
def public(tmpfs):
    """An empty directory that every user can reach; pytest's directories are only for its own user."""
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("one user only: not root of the initial user namespace")
    del tmpfs
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        yield pathlib.Path(path)


@pytest.fixture
def faulty(mounts, faults, monkeypatch, tmp_path):
    """faulty(backing, *options) mounts a daemon in which `faults` can make calls fail, always on the same
    directory."""

    def mount(backing, *options, path=tmp_path / "mnt"):
        with monkeypatch.context() as patch:
            for name, value in faults.environment.items():
                patch.setenv(name, value)
            return mounts(*options, backing=backing, path=path)

    return mount


@pytest.fixture
def backings(shm):
    """backings() makes a new directory on a tmpfs, to be a backing."""
    made = []

    def make():
        made.append(shm / str(len(made)))
        made[-1].mkdir()
        return made[-1]

    return make


@pytest.fixture
def run_shmount():
    """run_shmount(*arguments) runs shmount until it ends, or kills it in the end."""

    def run(*arguments):
        return subprocess.run(
            [SHMOUNT, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False,
            stdin=subprocess.DEVNULL,
        )

    run.program = SHMOUNT
    return run


@pytest.fixture
def mnt(mounts):
    """A mount of /dev/shm with the default options."""
    return mounts()


@pytest.fixture(params=["passthrough", "link", "direct"])
def access(request):
    """Each access mode, one after the other; indirect parametrisation selects some."""
    reason = why_no_passthrough() if request.param == "passthrough" else None
    if reason:
        pytest.skip(reason)
    return request.param


@pytest.fixture
def any_mnt(mounts, access):
    """A mount of /dev/shm, once with each `access`."""
    return mounts("-o", f"access={access}")


mapped = pytest.mark.parametrize("access", ["passthrough", "link"], indirect=True)
regular = pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)


@pytest.fixture(name="eventually")
def eventually_fixture():
    """eventually(predicate) waits until an event has made the predicate true."""
    return eventually


@pytest.fixture
def python_session(mounts):
    """python_session(interpreter=this one) starts a PySession, ended before any unmounting."""
    del mounts  # only for the order
    sessions = []

    def start(*arguments):
        sessions.append(PySession(*arguments))
        return sessions[-1]

    yield start
    for session in sessions:
        session.close()


_INTERPRETERS = interpreters()


@pytest.fixture(params=_INTERPRETERS.values(), ids=_INTERPRETERS.keys())
def pythons(request):
    """The path of each CPython of 3.8 and later on this machine, one after the other."""
    return request.param


@pytest.fixture
def py(python_session, pythons):
    """A PySession of each of the `pythons`."""
    return python_session(pythons)
