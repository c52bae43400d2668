# SPDX-License-Identifier: Apache-2.0
"""Hiding elements and removing lists with the usual tools."""

import errno
import os
import shutil
import subprocess

import pytest

from conftest import regular
from harness import MANY, listed
from list_support import (
    EVERY_TYPE, Events, files, make_draft, names, python_list, python_values, read, refused, texts, write,
)  # fmt: skip

REMOVE_ALL = """
#include <filesystem>
int main(int, char** arguments) { return std::filesystem::remove_all(arguments[1]) > 0 ? 0 : 1; }
"""


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.fixture
def events(shm):
    """What happens in the backing."""
    watch = Events(shm)
    yield watch
    watch.close()


@pytest.fixture(scope="session")
def remove_all(tmp_path_factory):
    """std::filesystem::remove_all as a program."""
    path = tmp_path_factory.mktemp("remove_all")
    (path / "main.cc").write_text(REMOVE_ALL)
    subprocess.run(["c++", "-std=c++17", path / "main.cc", "-o", path / "remove_all"], check=True)
    return path / "remove_all"


def test_rm_of_an_element_hides_it_in_this_mount(mounts, py, events):
    mnt, other = mounts(), mounts()
    python_list(py, "l", [1, 2.5, "text"])
    assert len(os.listdir(mnt / "l")) == 3
    events.take()
    (mnt / "l/1.float").unlink()
    assert os.listdir(mnt / "l") == ["0.int", "2.str"]
    for hidden in ("1.float", "1", "01", "-2", "1.str"):
        assert not os.path.lexists(mnt / "l" / hidden)
    assert py.eval("list(l)") == [1, 2.5, "text"]
    assert os.listdir(other / "l") == names([1, 2.5, "text"])
    assert events.take() == []
    with refused(errno.ENOENT):
        (mnt / "l/1.float").unlink()
    assert read(mnt / "l/.values").count(b"\n") == 3


@pytest.mark.parametrize("value", [7.5, "new", None])
def test_a_hidden_element_comes_back_by_assigning(mnt, py, value):
    python_list(py, "l", [1, 2.5, "text"])
    (mnt / "l/1").unlink()
    values = [1, value, "text"]
    write(mnt / "l" / names(values)[1], texts(values)[names(values)[1]])
    assert py.eval("list(l)") == values
    assert files(mnt / "l") == texts(values)


def test_an_open_file_of_a_hidden_element_goes_on(mnt, py):
    python_list(py, "l", [1, 2.5, "text"])
    with open(mnt / "l/0.int", "r+b", buffering=0) as file:
        (mnt / "l/0.int").unlink()
        assert file.read() == b"1\n"
        file.seek(0)
        file.write(b"5\n")
    assert py.eval("l[0]") == 5


@pytest.mark.parametrize("count", [1, 40, 3000])
@pytest.mark.parametrize("tool", ["rm -r", "rm -rf", "find -delete", "rmtree", "remove_all", "rm * and rmdir"])
def test_one_unlink_ends_a_list(mnt, py, events, request, shm, tool, count):
    values = (EVERY_TYPE * (count // len(EVERY_TYPE) + 1))[:count]
    python_list(py, "l", values)
    python_list(py, "other", [1])
    assert len(os.listdir(mnt / "l")) == count
    before = py.eval("bytes(l.shm.buf)")
    events.take()
    if tool == "rmtree":
        shutil.rmtree(mnt / "l")
    else:
        program = str(request.getfixturevalue("remove_all")) if tool == "remove_all" else ""
        command = {"find -delete": "find l -delete", "remove_all": f"{program} l",
                   "rm * and rmdir": "rm l/* && rmdir l"}.get(tool, f"{tool} l")  # fmt: skip
        subprocess.run(["bash", "-c", command], cwd=mnt, check=True)
    assert events.take() == [("delete", "l")]
    assert os.listdir(mnt) == listed(shm) == ["other"]
    assert py.eval("bytes(l.shm.buf)") == before
    assert py.eval("repr(list(l))") == repr(values)


def test_rmdir_takes_an_empty_list_only(mnt, py, events, shm):
    python_list(py, "l", [1, 2])
    assert len(os.listdir(mnt / "l")) == 2
    events.take()
    (mnt / "l/0.int").unlink()
    with refused(errno.ENOTEMPTY):
        (mnt / "l").rmdir()
    with refused(errno.EISDIR):
        (mnt / "l").unlink()
    assert events.take() == []
    (mnt / "l/1.int").unlink()
    assert os.listdir(mnt / "l") == []
    assert (shm / "l").exists()
    (mnt / "l").rmdir()
    assert events.take() == [("delete", "l")]


@pytest.mark.parametrize("count", [1, MANY])
def test_rm_of_the_raw_block_ends_the_list_at_once(mnt, py, events, count):
    python_list(py, "l", f"range({count})")
    assert (mnt / "l").is_dir()
    events.take()
    (mnt / "l/.shm").unlink()
    assert events.take() == [("delete", "l")]
    assert not (mnt / "l").exists()
    assert py.eval("l[0]") == 0


@pytest.mark.parametrize("hidden", [".format", ".values"])
def test_the_other_hidden_files_cannot_be_removed(mnt, py, hidden):
    python_list(py, "l", [1])
    with refused(errno.EPERM):
        (mnt / "l" / hidden).unlink()
    assert files(mnt / "l") == texts([1])


def test_a_new_list_of_the_name_shows_all_its_elements(mnt, py, eventually):
    python_list(py, "l", [1, 2])
    (mnt / "l/0.int").unlink()
    py("l.shm.close(); l.shm.unlink()")
    python_list(py, "l", [3, 4])
    eventually(lambda: files(mnt / "l") == texts([3, 4]))
    shutil.rmtree(mnt / "l")
    python_list(py, "l", [5, 6, 7])
    assert files(mnt / "l") == texts([5, 6, 7])


def test_a_list_keeps_what_is_hidden_when_it_is_renamed(mnt, py):
    python_list(py, "l", [1, 2])
    (mnt / "l/0.int").unlink()
    (mnt / "l").rename(mnt / "m")
    assert os.listdir(mnt / "m") == ["1.int"]
    assert python_values(py, "m") == "[1, 2]"
    assert not (mnt / "l").exists()


def test_mv_over_a_list_with_elements_is_refused(mnt, py):
    python_list(py, "l", [1])
    python_list(py, "m", [2])
    with refused(errno.ENOTEMPTY, errno.EEXIST):
        (mnt / "l").rename(mnt / "m")
    assert (python_values(py, "l"), python_values(py, "m")) == ("[1]", "[2]")


def test_rm_of_a_draft(mnt, events, shm):
    make_draft(mnt / "d", EVERY_TYPE)
    shutil.rmtree(mnt / "d")
    assert ("delete", "d") in events.take()
    assert os.listdir(mnt) == listed(shm) == []


@regular
def test_a_second_name_keeps_a_list_that_is_unlinked(any_mnt, py, shm):
    python_list(py, "l", ["howdy", 2.5, 100])
    os.link(any_mnt / "l/.shm", any_mnt / "pin")
    assert os.path.samestat((shm / "l").stat(), (shm / "pin").stat())
    assert files(any_mnt / "pin") == files(any_mnt / "l") == texts(["howdy", 2.5, 100])
    py("l.shm.unlink()")
    write(any_mnt / "pin/2.int", b"7")
    assert python_values(py, "pin") == repr(["howdy", 2.5, 7])
