# SPDX-License-Identifier: Apache-2.0
"""The mount as other machines see it: by sshfs, over the SFTP server that an sshd runs."""

import os
import pathlib
import shutil
import subprocess

import pytest

from harness import PATIENCE, children, eventually, exit_status, mount_points

LIST = (pathlib.Path(__file__).parents[1] / "fixtures/py39-types.bin").read_bytes()
# What shmount(8) advises: nothing is kept, as no event of the other machine's tells of changes.
OPTIONS = "dir_cache=no,direct_io,attr_timeout=0,entry_timeout=0,negative_timeout=0"


@pytest.fixture
def far(mnt, tmp_path):
    """The mount through sshfs. In place of ssh the server itself is run."""
    server = pathlib.Path("/usr/lib/openssh/sftp-server")
    if not (server.exists() and shutil.which("sshfs")):
        pytest.skip("no sshfs or no sftp-server")
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nexec {server}\n")
    ssh.chmod(0o755)
    path = tmp_path / "far"
    path.mkdir()
    before = set(children())
    client = subprocess.Popen(
        ["sshfs", "-f", "-o", f"ssh_command={ssh},{OPTIONS}", f"localhost:{mnt.path}", path]
    )
    try:
        eventually(lambda: client.poll() is None and str(path) in mount_points())
        yield path
    finally:
        subprocess.run(["umount", path], check=True)
        assert client.wait(PATIENCE) == 0
        for server in set(children()) - before:
            exit_status(server)


def test_blocks(far, shm):
    (far / "block").write_bytes(b"howdy, dry ice, howdy")
    assert (shm / "block").read_bytes() == b"howdy, dry ice, howdy"
    os.truncate(far / "block", 5)
    assert (shm / "block").read_bytes() == b"howdy"
    assert os.listdir(far) == ["block"]
    os.rename(far / "block", far / "moved")
    (far / "moved").unlink()
    assert os.listdir(shm) == []


def test_reads_are_coherent(far, shm):
    (shm / "block").write_bytes(b"before")
    with open(far / "block", "rb", buffering=0) as file:
        assert file.read() == b"before"
        with open(shm / "block", "r+b", buffering=0) as beneath:
            beneath.write(b"after!!")
        file.seek(0)
        assert eventually(lambda: (far / "block").stat().st_size == 7)
        assert file.read() == b"after!!"


def test_a_live_list(far, shm, python_session):
    python = python_session()
    python("from multiprocessing import shared_memory")
    python("sl = shared_memory.ShareableList(['howdy', -273.154, 100, None, True], name='trip')")
    eventually(lambda: (far / "trip").is_dir())
    assert sorted(os.listdir(far / "trip")) == ["0.str", "1.float", "2.int", "3.none", "4.bool"]
    assert (far / "trip/1.float").read_text() == "-273.154\n"
    (far / "trip/2.int").write_text("7\n")
    assert python.eval("sl[2]") == 7
    python("sl[2] = 8")
    assert (far / "trip/2.int").read_text() == "8\n"
    (far / "trip/2.float").write_text("0.5\n")
    assert python.eval("sl[2]") == 0.5
    (far / "trip/2.int").write_text("8\n")
    with pytest.raises(OSError):
        (far / "trip/2.int").write_text("no int\n")
    assert python.eval("sl[2]") == 8
    shutil.rmtree(far / "trip")
    assert "trip" not in os.listdir(shm)


def test_a_list_is_saved_and_restored(far, shm, tmp_path):
    (shm / "trip").write_bytes(LIST)
    subprocess.run(["cp", "-r", far / "trip", tmp_path / "save"], check=True)
    shutil.rmtree(far / "trip")
    subprocess.run(["cp", "-a", tmp_path / "save", far / "trip"], check=True)
    values = {path.name: path.read_bytes() for path in (tmp_path / "save").iterdir()}
    assert {path.name: path.read_bytes() for path in (far / "trip").iterdir()} == values
    assert (shm / "trip").is_file()


def test_a_draft_is_sealed(far, shm):
    (far / "point").mkdir()
    (far / "point/0.int").write_text("3\n")
    (far / "point").chmod(0o555)
    assert (shm / "point").is_file()
    (far / "point").chmod(0o755)  # thaws it
    assert (shm / "point/0.int").read_text() == "3\n"
