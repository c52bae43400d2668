# SPDX-License-Identifier: Apache-2.0
"""Which names show, and that nothing but blocks and lists is followed or opened."""

import os
import socket
import subprocess

import pytest

from harness import PATIENCE, asleep

SECRET = "not yours"


def contents(directory):
    return os.listdir(os.fsencode(directory))


@pytest.mark.parametrize(
    "name",
    [
        b"x" * 255,
        b".hidden",
        b"..x",
        b"with a space",
        b"new\nline",
        b"tab\tand\\backslash",
        b"\xff\xfe not UTF-8",
        "žluťoučký".encode(),
        b"-rf",
        b"0.int",
        b"semaphore",
        b"%s*?[",
    ],
)
def test_names(any_mnt, shm, name):
    inside, outside = (os.path.join(os.fsencode(path), name) for path in (any_mnt, shm))
    with open(inside, "xb") as file:
        file.write(b"made inside")
    assert contents(shm) == contents(any_mnt) == [name]
    with open(outside, "rb") as file:
        assert file.read() == b"made inside"
    os.unlink(inside)
    assert contents(shm) == contents(any_mnt) == []


@pytest.mark.parametrize("name", [b"x" * 255, b".hidden", b"new\nline", b"\xff\xfe"])
def test_names_made_outside(any_mnt, shm, name):
    inside, outside = (os.path.join(os.fsencode(path), name) for path in (any_mnt, shm))
    with open(outside, "xb") as file:
        file.write(b"made outside")
    assert contents(any_mnt) == [name]
    with open(inside, "rb") as file:
        assert file.read() == b"made outside"
    os.rename(inside, inside[:-1] + b"-")
    assert contents(shm) == contents(any_mnt) == [name[:-1] + b"-"]


def test_name_too_long(any_mnt, shm):
    for call in os.stat, os.unlink, lambda path: os.open(path, os.O_CREAT | os.O_WRONLY):
        with pytest.raises(OSError, match="File name too long"):
            call(any_mnt / ("x" * 256))
    (any_mnt / "short").touch()
    with pytest.raises(OSError, match="File name too long"):
        os.rename(any_mnt / "short", any_mnt / ("x" * 256))
    assert os.listdir(shm) == ["short"]


@pytest.mark.parametrize("name", ["sem.lock", "sem.", ".shmount-x"])
def test_names_that_are_hidden(any_mnt, shm, name):
    (shm / name).write_bytes(SECRET.encode())
    (any_mnt / "block").touch()
    assert os.listdir(any_mnt) == ["block"]
    for call in os.stat, os.unlink, lambda path: os.open(path, os.O_RDONLY):
        with pytest.raises(FileNotFoundError):
            call(any_mnt / name)
    for call in (
        lambda path: os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC),
        os.mkdir,
        lambda path: os.rename(any_mnt / "block", path),
    ):
        with pytest.raises(PermissionError):
            call(any_mnt / name)
    assert (shm / name).read_text() == SECRET
    (shm / name).unlink()


def test_semaphores_on_request(mounts, shm):
    (shm / "sem.lock").write_bytes(bytes(32))
    mnt = mounts("-o", "semaphores")
    assert os.listdir(mnt) == ["sem.lock"]
    assert (mnt / "sem.lock").stat().st_size == 32
    (mnt / "sem.other").touch()
    (mnt / "sem.lock").unlink()
    assert os.listdir(shm) == ["sem.other"]


def a_link(path, target):
    path.symlink_to(target)


def a_dangling_link(path, target):
    path.symlink_to(target.with_name("absent"))


def a_link_to_a_block(path, target):
    del target
    path.with_name("block").touch()
    path.symlink_to("block")


def a_device(path, target):
    del target
    try:
        os.mknod(path, 0o020666, os.makedev(1, 7))  # /dev/full
    except PermissionError:
        pytest.skip("no right to make a device")


def a_socket(path, target):
    del target
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def a_fifo(path, target):
    del target
    os.mkfifo(path)


def a_directory(path, target):
    del target
    path.mkdir()
    (path / "inside").touch()


@pytest.mark.parametrize(
    "make",
    [a_link, a_dangling_link, a_link_to_a_block, a_device, a_socket, a_fifo, a_directory],
    ids=lambda make: make.__name__,
)
def test_what_is_no_block(any_mnt, shm, tmp_path, make):
    target = tmp_path / "secret"
    target.write_text(SECRET)
    make(shm / "odd", target)
    before = os.lstat(shm / "odd")
    check_refused(any_mnt, "odd")
    assert os.path.samestat(os.lstat(shm / "odd"), before)
    assert target.read_text() == SECRET
    assert not target.with_name("absent").exists()


def check_refused(mnt, name):
    assert name not in os.listdir(mnt)
    path = mnt / name
    for call in (
        os.lstat,
        os.unlink,
        os.rmdir,
        os.listdir,
        lambda path: os.stat(path / "inside"),
        lambda path: os.open(path, os.O_RDONLY | os.O_NONBLOCK),
        lambda path: os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK),
        lambda path: os.truncate(path, 0),
        lambda path: os.chmod(path, 0o777),
        lambda path: os.rename(path, path.with_name("taken")),
    ):
        with pytest.raises(FileNotFoundError):
            call(path)
    with pytest.raises(OSError):  # the name is taken, by what does not show
        os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    with pytest.raises(FileExistsError):
        os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)


def test_what_another_file_system_has_put_there(any_mnt, shm, tmp_path):
    target = tmp_path / "secret"
    target.write_text(SECRET)
    (shm / "odd").touch()
    done = subprocess.run(["mount", "--bind", target, shm / "odd"], check=False)
    if done.returncode != 0:
        pytest.skip("no right to bind-mount")
    try:
        check_refused(any_mnt, "odd")
    finally:
        subprocess.run(["umount", shm / "odd"], check=True)
    assert target.read_text() == SECRET


def test_blocked_writer_of_a_fifo_stays_blocked(any_mnt, shm, eventually):
    fifo = shm / "odd"
    os.mkfifo(fifo)
    writer = subprocess.Popen(["sh", "-c", 'echo text > "$0"', fifo])
    try:
        eventually(lambda: asleep(writer.pid))  # in open(2)
        check_refused(any_mnt, "odd")
        (any_mnt / "block").touch()
        assert writer.poll() is None
        assert fifo.read_text() == "text\n"
    finally:
        if writer.poll() is None:
            writer.terminate()
        writer.wait(PATIENCE)


def test_hugetlbfs_is_refused(tmpfs, run_shmount, tmp_path):
    huge = tmpfs("mode=1777", "hugetlbfs")
    done = run_shmount("--backing", huge, tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "hugetlbfs" in done.stderr
