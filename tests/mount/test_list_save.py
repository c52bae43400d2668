# SPDX-License-Identifier: Apache-2.0
"""Programs that save a file by a rename: they write to another name in its directory first. In a list such
a file is its user's alone, until it is renamed onto an element."""

import errno
import os
import shutil
import subprocess

import pytest

from harness import listed
from list_support import files, make_draft, names, python_list, read, refused, texts, write
from test_users import NOBODY, as_user

VALUES = ["howdy", -273.154, 100, None, True, b"bytes", "a longer text"]


@pytest.fixture
def py(python_session):
    """A Python that has the list `l` of VALUES."""
    session = python_session()
    python_list(session, "l", VALUES)
    return session


def shell(command, mnt, **how):
    done = subprocess.run(["bash", "-c", command], cwd=mnt, capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C", "HOME": "/nonexistent"}, **how)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command, index, expected",
    [
        ("sed -i s/howdy/HOWDY/ l/0.str", 0, "HOWDY"),
        ("sed -i s/100/101/ l/2.int", 2, 101),
        ("sed -i s/100/7/ l/*", 2, 7),
        ("perl -i -pe s/longer/long/ l/6.str", 6, "a long text"),
        ("echo 9 > l/new && mv l/new l/2.int", 2, 9),
        ("printf '\\377' > l/.new && mv l/.new l/5.bytes", 5, b"\xff"),
        ("echo 2.5 > l/new && mv l/new l/2.float", 2, 2.5),
        ("echo 9 > l/new && mv l/new l/newer && mv l/newer l/-5", 2, 9),
        ("rm l/2.int && echo 9 > l/new && mv -n l/new l/2.int", 2, 9),
        ("vim -Nu NONE -es -c s/howdy/edited/ -c wq l/0.str", 0, "edited"),
        ("vim -Nu NONE -es -c 'set backupcopy=no' -c s/howdy/edited/ -c wq l/0.str", 0, "edited"),
    ],
)  # fmt: skip
def test_a_save(mnt, py, shm, command, index, expected):
    tool = command.split()[0]
    if not shutil.which(tool) and tool in ("vim", "perl"):
        pytest.skip(f"no {tool}")
    assert shell(command, mnt) == (0, "")
    values = [*VALUES[:index], expected, *VALUES[index + 1 :]]
    assert py.eval("list(l)") == values
    assert files(mnt / "l") == texts(values)
    assert listed(shm) == ["l"]


def test_rsync_into_a_list(mnt, py, shm, tmp_path):
    values = ["rsync", 2.5, 7, None, False, b"\xff\0x", "a text"]
    make_draft(tmp_path / "saved", values)
    for path in (tmp_path / "saved").iterdir():
        os.utime(path, (1000, 2000))  # rsync passes by what has the same size and second
    (tmp_path / "saved").chmod(0o500)
    assert shell(f"rsync -a {tmp_path}/saved/ l/", mnt) == (0, "")
    assert py.eval("list(l)") == values
    assert listed(shm) == ["l"]


@pytest.mark.parametrize(
    "command, complaint",
    [
        ("sed -i 's/howdy/larger than its storage/' l/0.str", "File too large"),
        ("sed -i s/100/many/ l/2.int", "Invalid argument"),
        ("sed -i.bak s/howdy/x/ l/0.str", "Operation not permitted"),
        ("printf '\\377' > l/new; mv l/new l/0.str; rc=$?; rm l/new; exit $rc", "multibyte"),
        ("echo > l/new; mv l/new l/8.int; rc=$?; rm l/new; exit $rc", "Operation not permitted"),
    ],
)  # fmt: skip
def test_a_refused_save_leaves_the_element(mnt, py, shm, command, complaint):
    code, said = shell(command, mnt)
    assert code != 0 and complaint in said
    assert py.eval("list(l)") == VALUES
    assert files(mnt / "l") == texts(VALUES)
    assert listed(shm) == ["l"]


def test_a_file_beside_the_elements_is_a_file(mnt, py):
    del py
    path = mnt / "l/notes"
    write(path, b"one two")
    with open(path, "r+b", buffering=0) as file:
        file.seek(20)
        file.write(b"three")
        os.fchmod(file.fileno(), 0o640)
        os.utime(path, (1000, 2000))
        assert (os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_mtime) == (25, 2000)
        assert path.stat().st_mode == 0o100640
        with refused(errno.EEXIST):
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        os.rename(path, mnt / "l/other")
        assert not path.exists()
        file.truncate(3)
        assert read(mnt / "l/other") == b"one"
        (mnt / "l/other").unlink()
        file.write(b"!")
        assert os.pread(file.fileno(), 100, 25) == b"!"
    assert os.listdir(mnt / "l") == names(VALUES), "it is found, and not listed"
    assert not (mnt / "l/other").exists()
    write(path, b"left")
    for source, target in (("notes", "8.int"), ("notes", ".shm"), ("notes", ".values"), (".format", "new"),
                           ("0.str", "notes"), ("0.str", "backup")):
        with refused(errno.EPERM):
            os.rename(mnt / "l" / source, mnt / "l" / target)
    with refused(errno.EXDEV):
        os.rename(path, mnt / "out")
    with refused(errno.EPERM):
        os.link(path, mnt / "out")
    path.unlink()


def test_it_is_its_users_alone(public, mounts, py, shm):
    mount = mounts("-o", "allow_other", path=public)
    (shm / "l").chmod(0o666)
    mine = mount / "l/notes"
    write(mine, b"mine")
    assert as_user(NOBODY, "ls -d $0 2>&1 || echo theirs > $0 && cat $0", mine)[1].endswith("theirs\n")
    assert read(mine) == b"mine"
    assert as_user(NOBODY, "mv $0 $0.new && mv $0.new $(dirname $0)/0.str && ! test -e $0", mine) == (0, "")
    assert py.eval("l[0]") == "theirs"
    assert read(mine) == b"mine"
    assert [(shm / path).stat().st_uid for path in listed(shm) if path != "l"] == [0]
    (shm / "l").chmod(0o644)
    assert as_user(NOBODY, "echo > $0", mine)[0] != 0, "who may not write the list"
    mine.unlink()


@pytest.mark.parametrize("end", ["python", "rm -r", "rm .shm", "unmount", "kill"])
def test_what_is_left_goes(mounts, py, shm, eventually, end):
    mount = mounts()
    write(mount / "l/notes", b"left")
    assert len(listed(shm)) == 2
    if end == "python":
        py("l.shm.unlink()")
    elif end == "rm -r":
        shutil.rmtree(mount / "l")
    elif end == "rm .shm":
        (mount / "l/.shm").unlink()
    elif end == "unmount":
        subprocess.run(["fusermount3", "-u", mount.path], check=True)  # it holds what is left, until then
        mount.expect_exit()
        mount.ended = True
    else:
        mount.kill()
        again = mounts()
        assert not (again / "l/notes").exists()
    left = ["l"] if end in ("unmount", "kill") else []
    eventually(lambda: (listed if end not in ("unmount", "kill") else os.listdir)(shm) == left)


def test_it_stays_with_a_list_that_is_renamed(mnt, py, shm, eventually):
    write(mnt / "l/notes", b"left")
    os.rename(shm / "l", shm / "m")
    eventually(lambda: not (mnt / "l").exists())
    assert read(mnt / "m/notes") == b"left"
    os.rename(mnt / "m", mnt / "n")
    assert read(mnt / "n/notes") == b"left"
    os.rename(mnt / "n/notes", mnt / "n/0.str")
    assert py.eval("l[0]") == "left"
