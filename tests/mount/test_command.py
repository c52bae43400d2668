# SPDX-License-Identifier: Apache-2.0
"""The command `shmount`: options, exit codes, what it prints, how it starts and ends."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import why_no_passthrough
from harness import PATIENCE, children, eventually, exit_status, mount_points

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"

FAILED = 1
USAGE = 2


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(run_shmount, option):
    done = run_shmount(option)
    assert (done.returncode, done.stderr) == (0, "")
    for word in "MOUNTPOINT --backing --access --version -o -f -d -h -V semaphores".split():
        assert word in done.stdout


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run_shmount, option):
    done = run_shmount(option)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"shmount \d+\.\d+\.\d+ \(libfuse 3\.\d+\.\S+\)\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        ([], USAGE, "MOUNTPOINT"),
        (["{dir}", "{dir}"], USAGE, "{dir}"),
        (["--frobnicate", "{dir}"], USAGE, "frobnicate"),
        (["-o", "frobnicate", "{dir}"], USAGE, "frobnicate"),
        (["-o", "access=fast", "{dir}"], USAGE, "fast"),
        (["--access=", "{dir}"], USAGE, "access"),
        (["-o", "access", "{dir}"], USAGE, "access"),
        (["-o", "backing", "{dir}"], USAGE, "backing"),
        (["{dir}", "-o"], USAGE, "-o"),
        (["{dir}/absent"], FAILED, "{dir}/absent"),
        (["{file}"], FAILED, "{file}"),
        (["--backing", "{dir}/absent", "{dir}"], FAILED, "{dir}/absent"),
        (["--backing", "{file}", "{dir}"], FAILED, "{file}"),
        (["-o", "backing={dir}/absent", "{dir}"], FAILED, "{dir}/absent"),
    ],
    ids=str,
)
@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "background"])
def test_refused(run_shmount, tmp_path, arguments, code, named, foreground):
    places = {"dir": tmp_path / "dir", "file": tmp_path / "file"}
    places["dir"].mkdir()
    places["file"].touch()
    before = mount_points()
    arguments = [argument.format(**places) for argument in arguments]
    done = run_shmount(*(["-f"] if foreground else []), *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(r"(shmount|fuse): [^\n]+\n(Try 'shmount --help' for more information\.\n)?", done.stderr)
    assert named.format(**places) in done.stderr
    assert mount_points() == before


def test_failed_mount(tmp_path, run_shmount):
    """Without a /dev/fuse, that is, and in the background as well."""
    hide = 'mount --bind /dev/null /dev/fuse && shift && exec "$0" "$@"'
    for options in ["-f"], []:
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", hide, run_shmount.program, "-", *options, tmp_path],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )
        assert done.returncode == FAILED
        assert done.stdout == "" and "fuse" in done.stderr


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "background"])
@pytest.mark.parametrize("access", ["passthrough", "link", "direct"], indirect=True)
def test_start_line(mounts, shm, access, foreground):
    mnt = mounts("-o", f"access={access}", foreground=foreground)
    lines = eventually(mnt.log).splitlines()
    assert len(lines) == 1
    for word in str(shm), str(mnt.path), access:
        assert word in lines[0]


def test_auto_chooses_and_says_so(mounts):
    mnt = mounts()
    (mnt / "block").touch()
    assert not (mnt / "block").is_symlink()
    line = eventually(mnt.log)
    if why_no_passthrough():
        assert "access=direct (auto, as passthrough needs " in line
        assert f"to map a block, open it in {shm} or mount with --access link" in line
    else:
        assert "access=passthrough (auto)" in line


def test_passthrough_without_the_right_to_it_is_refused(tmp_path, run_shmount):
    """Every open would fail."""
    done = subprocess.run(
        ["setpriv", "--inh-caps=-sys_admin", "--bounding-set=-sys_admin", run_shmount.program,
         "--access", "passthrough", tmp_path],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "shmount: --access passthrough: passthrough needs CAP_SYS_ADMIN\n"


@pytest.mark.parametrize("access", ["auto", "link", "direct"])
@pytest.mark.parametrize("inside", [False, True], ids=["itself", "inside"])
def test_a_mount_that_covers_its_backing_is_refused(run_shmount, tmp_path, inside, access):
    """Links would lead back to themselves, and Python would find directories where it looks for lists."""
    (tmp_path / "top/backing").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "top")
    backing = tmp_path / "link" / ("backing" if inside else "")
    done = run_shmount("--access", access, "--backing", backing, tmp_path / "top")
    assert (done.returncode, done.stdout) == (1, "")
    mountpoint = tmp_path / "top"
    assert done.stderr == (
        f"shmount: a mount on {mountpoint} would cover the backing, {backing}, where Python looks for its lists\n"
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--access", "link"],
        ["--access=link"],
        ["-oaccess=link"],
        ["-o", "semaphores,access=link,noatime"],
        ["-o", "semaphores", "-o", "access=link"],
    ],
    ids=" ".join,
)
def test_ways_to_give_an_option(mounts, options):
    mnt = mounts(*options)
    (mnt / "block").touch()
    assert (mnt / "block").is_symlink()


def test_backing(mounts, tmpfs, shm):
    backing = tmpfs()
    (backing / "block").touch()
    by_option, by_dash_o = mounts(backing=backing), mounts("-o", f"backing={backing}")
    for mnt in by_option, by_dash_o:
        assert os.listdir(mnt) == ["block"]
        assert str(backing) in eventually(mnt.log)
    (shm / "other").touch()
    (by_option / "new").touch()
    assert sorted(os.listdir(backing)) == sorted(os.listdir(by_option)) == ["block", "new"]


def test_relative_paths(mounts, tmpfs, tmp_path, monkeypatch):
    backing = tmpfs()
    (backing / "block").touch()
    monkeypatch.chdir(tmp_path)
    mnt = mounts("-o", f"backing={backing.name}", foreground=False)
    assert os.listdir(mnt) == ["block"]


def test_background_returns_once_it_answers(tmp_path, run_shmount):
    """The factory waits for a mount in the foreground; here nothing must be left to wait for."""
    script = '"$0" "$1" && echo text > "$1/block" && cat "$1/block" && fusermount3 -u "$1"'
    done = subprocess.run(
        ["sh", "-euc", script, run_shmount.program, tmp_path],
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )
    assert done.stdout.splitlines()[-1] == "text"
    (daemon,) = children()
    assert exit_status(daemon) == 0


def test_background_leaves_its_terminal(mounts):
    mnt = mounts(foreground=False)
    assert os.getsid(mnt.pid) == mnt.pid != os.getsid(0)
    assert os.readlink(f"/proc/{mnt.pid}/cwd") == "/"
    for fd in 0, 1, 2:
        assert os.readlink(f"/proc/{mnt.pid}/fd/{fd}") == "/dev/null"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_starts_with_closed_descriptors(tmp_path, run_shmount, closed):
    """None of its own files may get the number of one of these, which it leads to /dev/null later."""
    script = f'"$0" "$1" {closed} && echo text > "$1/block" && cat "$1/block" && fusermount3 -u "$1"'
    done = subprocess.run(
        ["sh", "-euc", script, run_shmount.program, tmp_path], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.splitlines()[-1] == "text"
    (daemon,) = children()
    assert exit_status(daemon) == 0


def test_debug_logs_a_line_a_request_in_the_foreground(mounts, shm):
    (shm / "trip").write_bytes((FIXTURES / "py39-one_int.bin").read_bytes())
    mnt = mounts("-d", "--access", "direct")
    (mnt / "block").write_bytes(b"howdy")
    (element,) = os.listdir(mnt / "trip")
    with pytest.raises(OSError):
        (mnt / "trip" / element).write_text("no int")
    with pytest.raises(FileNotFoundError):
        (mnt / "odd\nname").stat()
    by = f"pid={os.getpid()} uid={os.getuid()}"
    for line in (
        f"create block 0644 O_WRONLY|O_CREAT|O_TRUNC {by}: ok",
        f"write block 5 at 0 {by}: ok",
        f"open trip/{element} O_WRONLY|O_TRUNC {by}: ok",
        f"write trip/{element} 6 at 0 {by}: EINVAL",
        f"lookup odd\\x0aname {by}: ENOENT",
    ):
        eventually(lambda: line in mnt.log().splitlines()), line
    started, *requests = mnt.log().splitlines()
    assert "access=direct" in started
    assert all(re.fullmatch(r"[a-z]+ .* pid=\d+ uid=\d+: (ok|E[A-Z]+)", line) for line in requests)


def test_libfuse_can_log_too(mounts):
    mnt = mounts("-o", "debug")
    (mnt / "block").touch()
    eventually(lambda: "opcode: CREATE" in mnt.log())


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "background"])
@pytest.mark.parametrize("command", ["fusermount3 -u", "umount"])
def test_unmounting_ends_it(mounts, shm, foreground, command):
    mnt = mounts(foreground=foreground)
    (mnt / "block").write_bytes(b"stays")
    mnt.unmount(*command.split())
    assert (shm / "block").read_bytes() == b"stays"


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "background"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_unmount(mounts, shm, foreground, number):
    mnt = mounts(foreground=foreground)
    (mnt / "block").touch()
    os.kill(mnt.pid, number)
    mnt.expect_exit()
    assert not mnt.is_mounted()
    mnt.ended = True
    assert os.listdir(shm) == ["block"]


def test_mountpoint_that_is_not_empty(mounts, tmp_path):
    path = tmp_path / "full"
    path.mkdir()
    (path / "beneath").touch()
    mnt = mounts(path=path)
    assert os.listdir(mnt) == []
    mnt.unmount()
    assert os.listdir(path) == ["beneath"]


def test_mount_table(mounts):
    mnt = mounts()
    with open("/proc/self/mounts", encoding="utf-8") as lines:
        (entry,) = [line.split() for line in lines if line.split()[1] == str(mnt.path)]
    assert entry[2] in ("fuse.shmount", "fuse")
    assert {"nosuid", "nodev"} <= set(entry[3].split(","))
