# SPDX-License-Identifier: Apache-2.0
"""shm ls, new, rm, holders, prune and watch, beside real processes."""

import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading

import pytest

from harness import PATIENCE

MAPPER = """
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY if 'r' in sys.argv[2] else os.O_RDWR)
prot = mmap.PROT_READ if 'r' in sys.argv[2] else mmap.PROT_READ | mmap.PROT_WRITE
keep = mmap.mmap(fd, 0, prot=prot)
if 'f' in sys.argv[2] and os.fork() == 0:
    os.write(1, b'child %d\\n' % os.getpid())  # in one piece, as the other writes too
else:
    os.write(1, b'ready\\n')
sys.stdin.read()
"""


class Mapper:
    """A process that maps a file; 'r': read-only, 'f': and forks."""

    def __init__(self, path, how=""):
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAPPER, path, how], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        lines = [self.process.stdout.readline() for _ in range(2 if "f" in how else 1)]
        self.pid = self.process.pid
        self.child = next((int(line.split()[1]) for line in lines if "child" in line), None)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


@pytest.fixture
def mapper(mounts):
    del mounts  # only for the order: a mount is not busy when it ends
    made = []

    def start(path, how=""):
        made.append(Mapper(path, how))
        return made[-1]

    yield start
    for one in made:
        one.close()
        if one.child:
            try:
                os.waitpid(one.child, 0)  # it came to us when its parent ended
            except ChildProcessError:
                pass


def holders(command, name, status=0):
    (block,) = command.json("holders", name, status=status)["blocks"]
    return {holder["pid"]: holder for holder in block["holders"]}


def test_new_and_rm(command, shm):
    name = command("new", "-s", "4K").strip()
    assert re.fullmatch("psm_[0-9a-f]{8}", name)
    assert (shm / name).stat().st_blocks == 8
    command("new", "-s", "1M", "--mode", "640", "named")
    assert (shm / "named").stat().st_mode & 0o777 == 0o640
    command("new", "named", status=1)
    assert command.errors == "shm: named: File exists\n"
    command("rm", name, "absent", "named", status=1)
    assert command.errors == "shm: absent: No such file or directory\n"
    assert not list(shm.iterdir())


def test_new_reserves(command, tmpfs):
    small = tmpfs("size=1m")
    command("new", "--backing", small, "-s", "2M", "a", status=1)
    assert "No space left" in command.errors
    assert not list(small.iterdir())


def test_holders_of_mappings(command, mapper, shm):
    command("new", "-s", 4096, "a")
    assert holders(command, "a", status=1) == {}
    reader, writer = mapper(shm / "a", "r"), mapper(shm / "a")
    found = holders(command, "a")
    assert set(found) == {reader.pid, writer.pid}
    assert not found[reader.pid]["writable"]
    assert found[writer.pid]["writable"] and found[writer.pid]["mapping"]
    assert "read-only" in command("holders", "a")
    command("holders", "absent", status=1)


def test_holders_of_forked_children(command, mapper, shm, eventually):
    command("new", "-s", 4096, "a")
    parent = mapper(shm / "a", "f")
    assert set(holders(command, "a")) == {parent.pid, parent.child}
    parent.process.send_signal(signal.SIGKILL)
    parent.process.wait()
    assert eventually(lambda: set(holders(command, "a")) == {parent.child})
    assert command("prune", "--yes") == ""


def test_holders_through_a_mount(command, mapper, mounts, shm):
    mount = mounts()
    command("new", "-s", 4096, "a")
    direct = mapper(mount / "a") if not os.path.islink(mount / "a") else mapper(shm / "a")
    found = holders(command, "a")
    assert set(found) == {direct.pid}
    assert found[direct.pid]["through_mount"] == (not os.path.islink(mount / "a"))
    command("list", "l", 1, 2)
    with open(mount / "l/0.int", "rb"):
        found = holders(command, "l")
    assert set(found) == {os.getpid()}
    assert found[os.getpid()]["descriptor"] and found[os.getpid()]["through_mount"]


SPOOF = """
mount -t tmpfs -o mode=777 tmpfs "$1" || exit
"$5" -c "$6" "$1/same" "$2" || exit
"$3" -f --access direct --backing "$1" -o fsname=/dev/shm "$4" 2>&1 | { read line; echo "$line"; cat >/dev/null; } &
read line
exec 9< "$4/same" && echo ready
read line
umount -l "$4"
"""


# Makes a file whose inode has the number that is wanted.
NUMBERED = """
import os, sys
open(sys.argv[1], "w").close()
while os.stat(sys.argv[1]).st_ino < int(sys.argv[2]):
    open(sys.argv[1] + "+", "w").close()
    os.rename(sys.argv[1] + "+", sys.argv[1])
sys.exit(os.stat(sys.argv[1]).st_ino != int(sys.argv[2]))
"""

AS_NOBODY = 'mount --bind "$0" /dev/fuse && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'


def test_anyone_can_call_theirs_a_mount_of_the_backing(command, public, shm):
    """By the name of its source. A holder through it would keep another's block from being pruned."""
    (shm / "a").write_bytes(b"v")
    (shm / "a").chmod(0o600)
    own, mnt = public / "own", public / "mnt"
    for place in own, mnt:
        place.mkdir()
        os.chown(place, 65534, 65534)
    daemon = shutil.copy(command.program.parents[2] / "fs/shmount", public)  # the tree may be for its owner alone
    os.mknod(public / "fuse", stat.S_IFCHR, os.makedev(10, 229))
    (public / "fuse").chmod(0o666)  # as it is on most machines
    words = [
        "unshare", "-m", "sh", "-c", AS_NOBODY, public / "fuse", "unshare", "-Urm", "bash", "-c", SPOOF, "-",
        own, (shm / "a").stat().st_ino, daemon, mnt, sys.executable, NUMBERED,
    ]  # fmt: skip
    with subprocess.Popen(
        [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
    ) as spoof:
        assert spoof.stdout.readline().startswith("shmount: ")
        spoof.stdin.write("\n")
        spoof.stdin.flush()
        assert spoof.stdout.readline() == "ready\n"
        assert holders(command, "a", status=1) == {}
        assert command.json("ls", "a")[0]["orphan"]
        assert command("prune", "--yes").startswith("unlinked a ")
        spoof.stdin.write("\n")
        spoof.stdin.close()


def test_no_link_in_another_root_is_followed(command, shm):
    """As in a container whose /dev/shm leads to the host's files."""
    (shm / "a").write_bytes(b"v")
    (shm / "there").mkdir()
    (shm / "there/b").write_bytes(b"v")
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        try:
            root = f"/proc/{sleeper.pid}/root"
            for target in "/etc", "/dev/shm", "../etc":
                link = shm / "link"
                link.symlink_to(target)
                for words in ["ls"], ["prune", "--yes"], ["prune", "--yes", "--force"], ["rm", "a"]:
                    assert command("--backing", f"{root}{link}", *words, status=1) == ""
                    assert command.errors == f"shm: {root}{link}: Too many levels of symbolic links\n"
                link.unlink()
            assert command.json("--backing", f"{root}{shm}/there", "ls")[0]["name"] == "b"
        finally:
            sleeper.kill()
    (shm / "there/b").unlink()
    (shm / "there").rmdir()


def test_files_that_are_no_memory_are_no_orphans(command, overlay):
    (overlay / "thesis.tex").write_text("years of work")
    (row,) = command.json("--backing", overlay, "ls", "thesis*")
    assert row["orphan"] is False and row["holders"] == 0
    assert command("--backing", overlay, "ls", "-no", "holders,orphan", "thesis*").split() == ["0", "-"]
    (block,) = command.json("--backing", overlay, "holders", "thesis.tex", status=1)["blocks"]
    assert block["use"] == "unheld"


def test_an_orphan_after_sigkill(command, py, shm):
    py("a = SharedMemory(name='a', create=True, size=4096); b = ShareableList([1], name='b')")
    rows = {row["name"]: row for row in command.json("ls", "-o", "name,orphan,holders,kind")}
    assert not rows["a"]["orphan"] and not rows["b"]["orphan"]
    assert command("prune", "--yes") == ""
    os.kill(py.pid, signal.SIGKILL)
    os.waitid(os.P_PID, py.pid, os.WEXITED | os.WNOWAIT)
    assert all(row["orphan"] for row in command.json("ls"))
    assert command("prune").count("would unlink") == 2
    assert {path.name for path in shm.iterdir()} == {"a", "b"}
    assert command("prune", "--older", "1h") == ""
    assert command("prune", "--yes", "a*").startswith("unlinked a ")
    assert {path.name for path in shm.iterdir()} == {"b"}
    py.close = lambda: py._process.wait()


def test_what_cannot_be_seen_is_no_orphan(command, as_nobody, shm, mapper):
    shm.chmod(0o1777)
    subprocess.run([command.program, "new", "-s", "4096", "-m", "666", "a"], check=True, **as_nobody)
    subprocess.run([command.program, "new", "-s", "4096", "b"], check=True, **as_nobody)
    mapper(shm / "a")  # by root: nobody cannot look into it, but the kernel tells
    assert command("prune", "--yes", **as_nobody).startswith("unlinked b")
    assert (shm / "a").exists()
    command("new", "-s", 4096, "-m", 666, "roots")
    assert command("prune", "--yes", **as_nobody) == ""
    assert "left alone" in command.errors
    assert (shm / "roots").exists()


def test_prune_leaves_a_living_managers_blocks(command, shm):
    command("new", "-s", 4096, "a")
    os.setxattr(shm / "a", "user.shmount.manager", b"m")
    staging = shm / f".shmount-{os.getuid()}"
    staging.mkdir(mode=0o700)
    with open(staging / "manager-m.lock", "w", encoding="utf-8") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        assert command("prune", "--yes") == ""
    assert command("prune", "--yes").startswith("unlinked a")
    shutil.rmtree(staging)


def test_prune_beside_an_attach(command, shm):
    """Whoever has attached keeps the name: blocks in use are never unlinked."""
    stop = threading.Event()
    lost = []

    def attach():
        while not stop.is_set():
            try:
                fd = os.open(shm / "a", os.O_RDWR)
            except FileNotFoundError:
                fd = os.open(shm / "a", os.O_RDWR | os.O_CREAT)
            held = os.fstat(fd).st_nlink == 1
            for _ in range(50):
                if held and os.fstat(fd).st_nlink == 0:
                    lost.append(fd)
                    break
            os.close(fd)

    thread = threading.Thread(target=attach)
    thread.start()
    for _ in range(30):
        command("prune", "--yes")
    stop.set()
    thread.join()
    assert not lost


def test_ls(command, shm):
    command("list", "l", "howdy", 1, 2)
    command("new", "-s", "2M", "big")
    (shm / "sem.s").write_bytes(bytes(32))
    (shm / "od\nd").write_bytes(b"x")
    assert command("ls", "--noheadings", "-o", "name,kind") == (
        "big     block    \nl       list V2  \nod\\x0ad block    \nsem.s   semaphore\n"
    ).replace("block    \n", "block\n").replace("V2  \n", "V2\n")
    assert command("ls", "-o", "types", "l") == "TYPES\n2 int, 1 str\n"
    assert command("ls", "--sort", "size", "-o", "name", "b*", "l").split() == ["NAME", "big", "l"]
    assert command("ls", "--reverse", "--sort", "size", "-o", "name", "b*", "l").split()[1:] == ["l", "big"]
    assert "2M" in command("ls", "big") and "2097152" in command("ls", "-b", "big")
    assert "\033[" not in command("ls") and "\033[01;34m" in command(
        "ls", "--color=always", "-o", "name"
    )
    assert "\033[31mbig" in command("ls", "--color=always")  # an orphan
    command("ls", "no*", status=1)
    command("ls", "-o", "nothing", status=2)
    (row,) = command.json("ls", "l")
    assert row["kind"] == "list V2" and row["types"] == {"int": 2, "str": 1}


def test_names_for_programs(command, shm):
    names = {b"od\nd", b"\xff\x1b[31m", b"a b", b"sem.s", b"-rf"}
    for name in names:
        (shm / os.fsdecode(name)).touch()
    command("list", "l", 1)

    def listed(*options):
        done = subprocess.run([command.program, "ls", "--null", *options], capture_output=True, check=True)
        assert done.stdout.endswith(b"\0") and not done.stderr
        return set(done.stdout[:-1].split(b"\0"))

    assert listed() == names | {b"l"}
    assert listed("--kind", "list") == {b"l"}
    assert listed("--kind=semaphore,list") == {b"l", b"sem.s"}
    assert listed("--kind", "block", "a*", "s*") == {b"a b"}
    assert command("ls", "--kind", "list", "-o", "name", "--noheadings") == "l\n"
    command("ls", "--null", "-o", "kind", status=2)
    command("ls", "--kind", "lists", status=2)


def test_watch(command, shm, eventually):
    with subprocess.Popen(
        [command.program, "watch", "--interval", "1"], stdout=subprocess.PIPE, text=True
    ) as watcher:
        try:
            # Its second thread starts when it knows what is there.
            eventually(lambda: len(os.listdir(f"/proc/{watcher.pid}/task")) == 2)
            command("new", "-s", 4096, "other")
            command("list", "l", 1, 2)
            lines = []

            def await_line(start):
                while not any(line.startswith(start) for line in lines):
                    lines.append(watcher.stdout.readline())
                    assert lines[-1], lines

            await_line("list l")  # what comes and goes at once it does not see
            await_line("created other")
            os.truncate(shm / "other", 8192)
            os.unlink(shm / "l")
            await_line("unlinked l")
            await_line("orphaned other")
        finally:
            watcher.send_signal(signal.SIGINT)
        assert watcher.wait(PATIENCE) == 0
    assert "resized other 4.0K to 8.0K\n" in lines or "resized other 4K to 8K\n" in lines
