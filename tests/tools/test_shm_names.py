# SPDX-License-Identifier: Apache-2.0
"""How the names of blocks and indices may be written, and what names and numbers are refused or said."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from harness import eventually


@pytest.mark.parametrize("form", ["{}", "/{}", "//{}", "/dev/shm/{}", "/dev/shm//{}"])
def test_names_as_shm_open_and_paths_have_them(command, shm, form):
    def named(name):
        return form.format(name)

    command("new", "-s", "4K", named("block"))
    command("list", named("l"), "1", "two")
    assert sorted(os.listdir(shm)) == ["block", "l"]
    assert command("get", named("l"), 1) == "two\n"
    command("set", named("l"), 0, 7)
    assert command("count", named("l"), 7) == "1\n" and command("index", named("l"), "two") == "1\n"
    assert "no damage" in command("check", named("l"))
    command("upgrade", named("l"))
    assert [row["name"] for row in command.json("ls", named("bl*"))] == ["block"]
    with open(shm / "block", "rb"):
        assert command("holders", "-no", "name", named("block")) == "block\n"
    assert command("prune", named("bl*")).startswith("would unlink block ")
    command("rm", named("l"), named("block"))
    assert not list(shm.iterdir())


def test_a_path_elsewhere_names_nothing_here(command, shm, tmpfs):
    other = tmpfs()
    (other / "a").touch()
    (shm / "a").touch()
    command("--backing", other, "rm", "/dev/shm/a", status=1)
    assert (other / "a").exists() and (shm / "a").exists()
    command("--backing", other, "rm", f"{other}/a")
    command("rm", "/a")
    assert not (other / "a").exists() and not (shm / "a").exists()
    for none in "/", "//", "/dev/shm/", "/a/b":
        command("new", none, status=1)
        assert command.errors.endswith(": Not a name for a block\n")


def test_what_a_mount_hides_is_not_made(command, shm):
    for made in ["list", "sem.x", 1], ["new", "sem.x"], ["new", "/sem.x"]:
        command(*made, status=1)
        assert command.errors == "shm: sem.x: A mount hides it, for a semaphore\n"
    assert not list(shm.iterdir())


# What is no UTF-8, what a terminal obeys, and what looks like an escape.
ODD_NAMES = [
    b"\xff\xfe", b"a\xffb", b"\xc3", b"\xed\xa0\x80", b"\xff[*?]", b"a\\", b"\\ff", b"\\xff", b"rtl\xe2\x80\xaeb", b"\x7f",
    b"c1\xc2\x9b31m", b"\xe2\x80\xa8", b"\xc3\xbcmlaut", b"n\n\x1b[31m", b" ", b"-\xff",
]  # fmt: skip


def run(command, *arguments, status=0):
    done = subprocess.run([command.program, *arguments], capture_output=True, check=False)
    assert done.returncode == status, (arguments, done)
    return done.stdout


def test_every_name_in_json_can_be_named_again(command, shm):
    for name in ODD_NAMES:
        with open(os.fsencode(shm) + b"/" + name, "wb"):
            pass
    listed = run(command, "ls", "--json", "-o", "name")
    for obeyed in "\u202e", "\u2028", "\u009b", "\x7f", "\x1b":
        assert obeyed.encode() not in listed
    names = [row["name"] for row in json.loads(listed.decode())]
    assert len(set(names)) == len(ODD_NAMES) and {"\u00fcmlaut", "a\\/ffb", "\\xff", "rtl\u202eb"} < set(names)
    for name in names:
        for form in name, f"/dev/shm/{name}":
            (block,) = json.loads(run(command, "holders", "--json", "--", form, status=1))["blocks"]
            assert block["name"] == name
        pattern = re.sub(r"([*?\[]|\\(?!/))", r"\\\1", name)
        for words in ["ls"], ["prune"]:
            assert [row["name"] for row in json.loads(run(command, *words, "--json", "--", pattern))] == [name]
        left = len(os.listdir(shm))
        run(command, "rm", "--", name)
        assert len(os.listdir(shm)) == left - 1
        run(command, "rm", "--", name, status=1)
    assert not os.listdir(shm)
    assert json.loads(run(command, "new", "--json", "a\\/ffb"))["name"] == "a\\/ffb"
    assert os.listdir(os.fsencode(shm)) == [b"a\xffb"]
    for none in "a\\/2fb", "a\\/00", "a\\/", "a\\/f", "a\\/fg", "\\/2e":
        command("new", none, status=1)
        assert command.errors.endswith(": Not a name for a block\n")


def test_names_that_only_a_mount_hides(command, shm):
    """They are no staging directory, and their memory would be nobody's."""
    (shm / ".shmount-x").write_bytes(bytes(4096))
    (shm / ".shmount-0.1").write_bytes(bytes(100))
    (shm / ".shmount-7").mkdir(0o700)
    try:
        assert [row["name"] for row in command.json("ls")] == [".shmount-0.1", ".shmount-x"]
        assert [row["orphan"] for row in command.json("ls", ".shmount-x")] == [True]
        with open(shm / ".shmount-x", "rb"):
            assert command("holders", "-no", "name", ".shmount-x") == ".shmount-x\n"
        command("rm", ".shmount-7", status=1)
        command("rm", ".shmount-x")
        assert command("prune", "--yes").startswith("unlinked .shmount-0.1 ")
        command("new", ".shmount-y", status=1)
    finally:
        (shm / ".shmount-7").rmdir()
    assert not list(shm.iterdir())


def test_an_empty_index_is_none(command, shm):
    command("list", "l", 1, 2)
    for words in ["get", "l", ""], ["set", "l", "", 3]:
        assert command(*words, status=1) == ""
        assert command.errors == "shm: l: The index is empty\n"
    command("get", "l", 2, status=1)
    assert command.errors == "shm: l: No element 2 in a list of 2\n"
    assert command("get", "l") == "1\n2\n"


@pytest.mark.parametrize("others", [1, 2, 5])
def test_who_cannot_be_inspected_is_named(command, shm, others):
    """Also for root: it is CAP_SYS_PTRACE that counts."""
    if os.geteuid() != 0:
        pytest.skip("takes root")
    (shm / "a").touch()
    sleepers = [subprocess.Popen(["sleep", "1000"], user=65534, group=65534) for _ in range(others)]
    drop = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"]
    try:
        done = subprocess.run([*drop, command.program, "holders", "a"], capture_output=True, text=True, check=False)
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
    # Those of root with that capability are among them too.
    line = r"shm: holders: (\d+) process(?:es)? cannot be inspected without CAP_SYS_PTRACE: (.*?)( and others)?\n"
    count, named, more = re.fullmatch(line, done.stderr).groups()
    assert int(count) >= others and bool(more) == (int(count) > 3)
    assert len(named.split(", ")) == min(3, int(count)) and re.fullmatch(r"\d+ \([^)]+\)", named.split(", ")[0])


def comm(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


@pytest.mark.parametrize("more", [0, 1, 4])
def test_all_whom_an_ordinary_user_cannot_inspect_are_counted(command, shm, as_nobody, more):
    (shm / "a").touch(mode=0o666)
    sleepers = [subprocess.Popen(["sleep", "1000"]) for _ in range(more)]
    try:
        pids = sorted(int(pid) for pid in os.listdir("/proc") if pid.isdigit())
        eventually(lambda: all(comm(sleeper.pid) == "sleep" for sleeper in sleepers))
        names = [comm(pid) for pid in pids]
        command("holders", "a", status=1, **as_nobody)
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
    assert command.errors == (
        f"shm: holders: {len(pids)} process{'es' if pids[1:] else ''} cannot be inspected without CAP_SYS_PTRACE: "
        + ", ".join(f"{pid} ({name})" for pid, name in list(zip(pids, names))[:3]) + (" and others\n" if pids[3:] else "\n")
    )  # fmt: skip


def test_a_sigbus_tells_of_the_limit(command):
    store = "import os, mmap; fd = os.open('/dev/shm/a', os.O_RDWR | os.O_CREAT); os.ftruncate(fd, 8 << 20);" \
            "m = mmap.mmap(fd, 0); m[:] = bytes(8 << 20)"  # fmt: skip
    command("run", "--size", "1M", "--", sys.executable, "-c", store, status=128 + 7)
    assert command.errors == "shm: run: ended by SIGBUS, as a store is that finds no memory left of --size 1M\n"
    command("run", "--", "bash", "-c", "kill -BUS $$", status=128 + 7)
    assert command.errors == ""


@pytest.mark.parametrize("shared", [False, True], ids=["private", "shared"])
def test_mount_shows_it_to_the_command_too(command, mounts, tmp_path, shared):
    del mounts
    shown = tmp_path / "shown"
    shown.mkdir()
    if shared:
        subprocess.run(["mount", "--bind", tmp_path, tmp_path], check=True)
        subprocess.run(["mount", "--make-shared", tmp_path], check=True)
    try:
        script = f"echo howdy > /dev/shm/a; cat {shown}/a; grep -c ' {shown} ' /proc/self/mountinfo"
        assert command("run", "--mount", shown, "--", "bash", "-c", script) == "howdy\n1\n"
        assert not shown.is_mount() and not list(shown.iterdir())
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        command("run", "--", "mount", "-t", "tmpfs", "tmpfs", shown)
        assert pathlib.Path("/proc/self/mountinfo").read_text() == before, "the command's mounts are its own"
    finally:
        if shared:
            subprocess.run(["umount", tmp_path], check=True)
