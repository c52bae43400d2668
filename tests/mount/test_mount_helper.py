# SPDX-License-Identifier: Apache-2.0
"""What mount(8) and service managers expect of the daemon."""

import os
import signal
import socket
import subprocess

import pytest

from harness import PATIENCE, SHM, SHMOUNT, children, eventually, exit_status, mount_points


@pytest.fixture(params=["mount.shmount", "mount.fuse.shmount"])
def helper(request, tmp_path):
    path = tmp_path / request.param
    path.symlink_to(SHMOUNT)
    return path


@pytest.fixture
def run(helper, tmp_path, tmpfs):
    """run(SOURCE, *words) mounts on the returned path, which is unmounted at the end."""
    del tmpfs  # only for the order: a backing is unmounted after what shows it
    place = tmp_path / "place"
    place.mkdir()

    def call(source, *words):
        done = subprocess.run(
            [helper, source, place, *words], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return done, place

    yield call
    if str(place) in mount_points():
        subprocess.run(["umount", place], check=True)
    for daemon in children():
        assert exit_status(daemon) == 0


def shown(place):
    with open("/proc/self/mounts", encoding="utf-8") as lines:
        (entry,) = [line.split() for line in lines if line.split()[1] == str(place)]
    return entry


@pytest.mark.parametrize("source", [str(SHM), "none", "shmount"])
def test_source(run, source):
    (SHM / "block").touch()
    done, place = run(source)
    assert done.returncode == 0, done.stderr
    assert os.listdir(place) == ["block"]
    assert shown(place)[0] == source and shown(place)[2] == "fuse.shmount"


@pytest.mark.parametrize("name", ["other", "a,b", "back\\slash", "with space"])
def test_another_backing(run, tmpfs, name):
    backing = tmpfs() / name
    backing.mkdir()
    (backing / "block").touch()
    done, place = run(backing)
    assert done.returncode == 0, done.stderr
    assert os.listdir(place) == ["block"]


def test_backing_option_goes_first(run, tmpfs):
    backing = tmpfs()
    (backing / "block").touch()
    done, place = run("none", "-o", f"rw,backing={backing}")
    assert done.returncode == 0, done.stderr
    assert os.listdir(place) == ["block"]


GENERIC = (
    "rw,defaults,auto,noauto,user,nouser,users,owner,group,nofail,_netdev,x-systemd.automount,"
    "x-gvfs-show,X-mount.mkdir,comment=x-y,user=ann,relatime,strictatime,lazytime,silent,suid,dev,exec,"
    "async,nosuid,nodev,noexec,noatime,nodiratime"
)


@pytest.mark.parametrize("options", [*GENERIC.split(","), GENERIC, "allow_other,access=link"])
def test_generic_options(run, options):
    done, place = run("none", "-o", options)
    assert done.returncode == 0, done.stderr
    (place / "block").touch()
    assert (SHM / "block").exists()


def test_read_only(run):
    done, place = run("none", "-o", "ro")
    assert done.returncode == 0, done.stderr
    with pytest.raises(OSError, match="Read-only"):
        (place / "block").touch()


@pytest.mark.parametrize("words", [["-s"], ["-n"], ["-v"], ["-sv", "-n"], ["-t", "fuse.shmount"]], ids=str)
def test_flags_of_mount(run, words):
    done, place = run("none", *words, "-o", "rw")
    assert done.returncode == 0, done.stderr
    assert str(place) in mount_points()


def test_fake(run):
    done, place = run("none", "-f", "-o", "rw")
    assert done.returncode == 0 and str(place) not in mount_points()
    done, _ = run("none", "-f", "-o", "frobnicate=1,access=fast")
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [("/absent", [], 1), ("none", ["-o", "frobnicate"], 2), ("none", ["extra"], 2), ("none", ["-x"], 2)],
)
def test_refused(run, source, words, code):
    done, place = run(source, *words)
    assert done.returncode == code and done.stderr
    assert str(place) not in mount_points()


def test_generic_options_are_none_of_shmount(run_shmount, tmp_path):
    """A typing error in a plain command line is to be told."""
    assert run_shmount("-o", "nofail", tmp_path).returncode == 2


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_a_service_manager_is_told(mounts, tmp_path, monkeypatch, abstract):
    name = f"\0shmount-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        manager.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        mnt = mounts()
        lines = manager.recv(4096).decode().splitlines()
        assert lines[0] == "READY=1"
        assert lines[1].startswith("STATUS=shmount: ") and str(mnt.path) in lines[1]
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(4096)


@pytest.mark.parametrize("name", ["/absent/socket", "", "x" * 300, "@nobody"])
def test_a_service_manager_that_is_gone(mounts, monkeypatch, name):
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    (mounts() / "block").touch()


def test_restart_takes_up_the_live_state(mounts, tmp_path):
    """What Restart= and ExecStopPost= of the unit do after a crash."""
    path = tmp_path / "service"
    mnt = mounts("-o", "allow_other", path=path)
    (mnt / "block").write_bytes(b"stays")
    mnt.kill(detach=False)
    with pytest.raises(OSError):
        os.listdir(path)
    subprocess.run(["fusermount3", "-uzq", path], check=True)
    mnt.ended = True
    again = mounts("-o", "allow_other", path=path)
    assert (again / "block").read_bytes() == b"stays"
    os.kill(again.pid, signal.SIGTERM)
    again.expect_exit()
    again.ended = True
    eventually(lambda: not again.is_mounted())
