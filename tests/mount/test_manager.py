# SPDX-License-Identifier: Apache-2.0
"""shmount --manager ID: what is created through the mount ends with it, and nothing else does."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest

from conftest import regular
from list_support import make_draft, seal, write

ID = "the.test"
MARK = "user.shmount.manager"
VALUES = [1, 2.5, "three", None]
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


@pytest.fixture
def managed(mounts):
    """managed(ID, *options) is a mount by that manager."""
    return lambda identity=ID, *options, **more: mounts("--manager", identity, *options, **more)


def names(directory):
    """What is in it, but for the staging directory where a manager's lock is."""
    return sorted(name for name in os.listdir(directory) if not name.startswith(".shmount-"))


def end_mount(mount, end):
    if isinstance(end, signal.Signals):
        os.kill(mount.pid, end)
        mount.expect_exit()
        mount.ended = True
        assert not mount.is_mounted()
    else:
        mount.unmount(*end.split())  # which waits for the daemon: the command returns before


ENDS = ["umount", "fusermount3 -u", signal.SIGTERM, signal.SIGINT]
every_end = pytest.mark.parametrize("end", ENDS, ids=["umount", "fusermount3", "SIGTERM", "SIGINT"])


def create_everything(mount, tmp_path, prefix=""):
    """A block, a list, a draft, an unfinished one with elements, copies of a block and of a list."""
    root = mount.path
    (root / f"{prefix}block").write_bytes(b"howdy" * 1000)
    make_draft(root / f"{prefix}list", VALUES)
    seal(root / f"{prefix}list")
    (root / f"{prefix}empty").mkdir()
    make_draft(root / f"{prefix}draft", VALUES)
    source = tmp_path / f"{prefix}source"
    source.write_bytes(b"copied")
    subprocess.run(["cp", "-a", source, root / f"{prefix}cp"], check=True)
    subprocess.run(["cp", "-a", root / f"{prefix}list", root / f"{prefix}cp-list"], check=True)
    made = [prefix + name for name in ("block", "list", "empty", "draft", "cp", "cp-list")]
    assert (mount.backing / f"{prefix}list").is_file() and (mount.backing / f"{prefix}cp-list").is_file()
    assert all((root / name).exists() for name in made)
    return sorted(made)


@every_end
def test_all_that_was_created_is_unlinked(managed, shm, tmp_path, end):
    mount = managed(foreground=end != "umount")
    made = create_everything(mount, tmp_path)
    assert names(shm) == made
    assert {os.getxattr(shm / name, MARK) for name in made} == {ID.encode()}
    end_mount(mount, end)
    assert names(shm) == []


@regular
@every_end
def test_nothing_else_is_unlinked(managed, shm, access, python_session, end):
    python_session()("sl = ShareableList([1, 'two'], name='theirs')")
    for name in "opened", "written", "first", "linked", "replacing", "chmodded", "truncated":
        (shm / name).write_bytes(b"before")
    make_draft(shm / "draft", [])
    os.setxattr(shm / "draft", "user.shmount.draft", b"")
    mount = managed(ID, "-o", f"access={access}")
    root = mount.path
    assert (root / "opened").read_bytes() == b"before"
    os.close(os.open(root / "opened", os.O_CREAT | os.O_RDWR))
    write(root / "written", b"after")
    os.rename(root / "first", root / "renamed")
    os.link(root / "linked", root / "link")
    (root / "replaced").write_bytes(b"mine, but not what is there at the end")
    os.rename(root / "replacing", root / "replaced")
    (root / "chmodded").chmod(0o666)
    os.truncate(root / "truncated", 10000)
    write(root / "theirs/0.int", b"77\n")
    write(root / "draft/0.int", b"77\n")
    (root / "mine").touch()
    left = "chmodded draft link linked opened renamed replaced theirs truncated written".split()
    assert names(shm) == sorted([*left, "mine"])
    end_mount(mount, end)
    assert names(shm) == left
    assert not any(MARK in os.listxattr(shm / name) for name in left)
    assert (shm / "written").read_bytes() == b"after" and (shm / "draft/0.int").read_bytes() == b"77\n"


def test_what_moves_stays_the_managers(managed, shm):
    mount = managed()
    (mount / "a").touch()
    os.rename(mount / "a", mount / "b")
    (mount / "c").touch()
    os.rename(shm / "c", shm / "d")
    assert names(shm) == ["b", "d"]
    mount.unmount()
    assert names(shm) == []


def test_without_a_manager_all_stays(mnt, shm, tmp_path):
    made = create_everything(mnt, tmp_path)
    mnt.unmount()
    assert names(shm) == made
    assert not any(MARK in os.listxattr(shm / name) for name in made)


def test_restarted_after_a_kill_it_releases_all(managed, shm, tmp_path):
    (shm / "other").touch()
    mount = managed()
    made = create_everything(mount, tmp_path)
    mount.kill()
    assert names(shm) == sorted([*made, "other"])
    again = managed()
    assert names(shm) == sorted([*made, "other"]), "they are released at the end, not at the start"
    assert (again / "block").read_bytes() == b"howdy" * 1000
    more = create_everything(again, tmp_path, "more-")
    again.kill()
    managed("the.other.test").unmount()
    managed().kill()
    assert names(shm) == sorted([*made, *more, "other"])
    managed().unmount()
    assert names(shm) == ["other"]


@pytest.mark.parametrize("restart", [False, True])
def test_a_name_that_somebody_else_uses_by_now_stays(managed, shm, restart, python_session):
    py = python_session()
    mount = managed()
    for name in "block", "list", "kept":
        make_draft(mount / name, VALUES)
        seal(mount / name)
    if restart:
        mount.kill()
    (shm / "block").unlink()
    (shm / "block").write_bytes(b"theirs")
    (shm / "list").unlink()
    py("sl = ShareableList(['theirs'], name='list')")
    if restart:
        mount = managed()
    mount.unmount()
    assert names(shm) == ["block", "list"]
    assert (shm / "block").read_bytes() == b"theirs"
    assert py.eval("list(sl)") == ["theirs"]


def test_two_managers_do_not_meet(managed, shm, tmp_path):
    one, two, plain = managed("one"), managed("two"), managed("on")
    first, second = create_everything(one, tmp_path, "1-"), create_everything(two, tmp_path, "2-")
    (two / "1-block").write_bytes(b"written by the other")
    (one / "2-block").chmod(0o666)
    assert set(names(plain)) == {*first, *second}
    plain.unmount()
    assert names(shm) == first + second
    one.unmount()
    assert names(shm) == names(two) == second
    two.unmount()
    assert names(shm) == []


def test_the_same_id_twice(managed, run_shmount, tmp_path, tmpfs):
    mount = managed()
    (mount / "block").touch()
    (tmp_path / "second").mkdir()
    for options in [], ["-f"]:
        done = run_shmount(*options, "--manager", ID, tmp_path / "second")
        assert done.returncode == 1 and done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith("shmount: ") and f"manager '{ID}'" in line and "busy" in line
    assert (mount / "block").exists(), "the second took the first one's blocks"
    elsewhere = managed(ID, backing=tmpfs())  # is another manager
    (elsewhere / "there").touch()
    elsewhere.unmount()
    assert names(mount) == ["block"]
    mount.unmount()
    managed().unmount()  # it is free again


def test_nobody_else_holds_or_hides_a_managers_place(managed, run_shmount, shm, tmp_path):
    """The claim is a lock that only its user and root can take. Another network namespace sees it too."""
    st = shm.stat()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taken:
        taken.bind(f"\0shmount-manager-{st.st_dev}-{st.st_ino}-{ID}")  # what claimed it before
        mount = managed()
    (lock,) = shm.glob(f".shmount-*/manager-{ID}.lock")
    done = subprocess.run(["flock", "-n", lock, "true"], capture_output=True, check=False, **NOBODY)
    assert b"Permission denied" in done.stderr
    (tmp_path / "second").mkdir()
    inner = ["unshare", "--net", run_shmount.program, "-f", "--manager", ID, tmp_path / "second"]
    done = subprocess.run(inner, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "busy" in done.stderr
    mount.unmount()
    assert os.listdir(shm) == []


@pytest.mark.parametrize("option", [["--manager", ""], ["-o", "manager="], ["--manager", "x" * 49]])
def test_ids_that_are_refused(run_shmount, tmp_path, option):
    done = run_shmount("-f", *option, tmp_path)
    assert done.returncode == (1 if len(option[-1]) == 49 else 2)
    why, *more = done.stderr.splitlines()
    assert "manager" in why and more in ([], ["Try 'shmount --help' for more information."])


@pytest.mark.parametrize("words", [["--manager", ID], ["-o", f"manager={ID}"]], ids=lambda words: words[0])
@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "background"])
def test_it_manages_memory_alone(run_shmount, tmp_path, overlay, words, foreground):
    """Elsewhere it would unlink somebody's files."""
    (overlay / "thesis.tex").write_text("years of work")
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    done = run_shmount(*(["-f"] if foreground else []), *words, "--backing", overlay, mountpoint)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"shmount: {overlay}: ") and "manager" in line and " overlay," in line
    assert (overlay / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("kind", ["tmpfs", "subdirectory"])
def test_it_manages_a_tmpfs_and_what_lies_in_it(managed, shm, tmpfs, kind):
    backing = tmpfs() if kind == "tmpfs" else shm / "below"
    backing.mkdir(exist_ok=True)
    mount = managed(backing=backing)
    (mount / "mine").touch()
    assert names(backing) == ["mine"]
    mount.unmount()
    assert names(backing) == []


def test_a_planted_mark_is_not_believed(managed, shm):
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("no second user: not root of the initial user namespace")
    for name in "roots", "empty":
        (shm / name).touch()
        (shm / name).chmod(0o666)
    plant = (
        "import os, sys; open('theirs', 'x'); os.chmod('theirs', 0o666); os.mkdir('draft');"
        "[os.setxattr(name, sys.argv[1], sys.argv[2].encode())"
        " for name in ('theirs', 'roots', 'empty', 'draft')];"
        "os.setxattr('draft', 'user.shmount.draft', b'')"
    )
    subprocess.run([sys.executable, "-c", plant, MARK, ID], check=True, cwd=shm, **NOBODY)
    mount = managed()
    os.close(os.open(mount / "mine", os.O_CREAT, 0o666))
    mount.unmount()
    left = ["draft", "empty", "roots", "theirs"]
    assert names(shm) == left
    assert all(f"'{name}'" in mount.log() for name in left) and "left alone" in mount.log()


def test_beside_pythons_shared_memory_manager(managed, shm):
    """Each unlinks its own; the Python's shutdown shows at the mount."""
    program = (
        "import sys\nfrom multiprocessing.managers import SharedMemoryManager\n"
        "with SharedMemoryManager() as smm:\n"
        "    block, sl = smm.SharedMemory(10000), smm.ShareableList([1, 'two'])\n"
        "    print(block.name, sl.shm.name, flush=True)\n"
        "    sys.stdin.readline()\n"
        "print('shut down', flush=True)\nsys.stdin.readline()\n"
    )
    mount = managed()
    (mount / "mine").touch()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as python:
        block, title = python.stdout.readline().split()
        assert set(names(mount)) == {block, title, "mine"}
        assert (mount / title / "1.str").read_text() == "two\n"
        other = managed("other")
        write(other / title / "0.int", b"2\n")
        other.unmount()
        assert set(names(shm)) == {block, title, "mine"}
        print(file=python.stdin, flush=True)
        assert python.stdout.readline() == "shut down\n"
        assert names(mount) == names(shm) == ["mine"]
        mount.unmount()
        assert names(shm) == []
        print(file=python.stdin, flush=True)
    assert python.returncode == 0
