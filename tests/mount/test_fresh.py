# SPDX-License-Identifier: Apache-2.0
"""What is told of by other means than an event, a message or a reply, is there for who is told of it: a call
at the mount finds what was done in the backing before it."""

import contextlib
import errno
import mmap
import os
import pathlib
import threading

import pytest

from list_support import make_draft, refused, seal

TIMES = 300
LIST = (pathlib.Path(__file__).parents[1] / "fixtures/py39-types.bin").read_bytes()


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
def test_a_name_made_in_the_backing_is_opened_at_once(any_mnt, shm):
    for turn in range(TIMES):
        name = f"n{turn}"
        with pytest.raises(FileNotFoundError):
            os.stat(any_mnt / name)
        (shm / name).write_bytes(b"made")
        with open(any_mnt / name, "rb") as file:
            assert file.read() == b"made"


def test_a_name_made_in_the_backing_is_listed_at_once(mnt, shm):
    for turn in range(TIMES):
        names = {f"n{number}" for number in range(turn)}
        assert set(os.listdir(mnt)) == names
        (shm / f"n{turn}").touch()
        assert set(os.listdir(mnt)) == names | {f"n{turn}"}


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
@pytest.mark.parametrize("held", [False, True], ids=["alone", "held"])
def test_the_size_after_an_open_is_the_true_one(any_mnt, shm, held):
    """np.memmap takes an array's shape from it."""
    (shm / "block").write_bytes(b"howdy, dry ice")
    with contextlib.ExitStack() as files:
        if held:
            files.enter_context(open(any_mnt / "block", "rb"))
        for turn in range(TIMES):
            size = 1000 + turn * 37 % 100
            assert (any_mnt / "block").stat().st_size
            os.truncate(shm / "block", size)
            with open(any_mnt / "block", "rb", buffering=0) as file:
                asked = [lambda file=file: os.fstat(file.fileno()).st_size, lambda file=file: file.seek(0, os.SEEK_END)]
                assert [ask() for ask in (asked if turn % 2 else reversed(asked))] == [size, size]


def test_a_list_that_stores_made_shows_as_one_at_once(mnt, shm):
    """As Python makes a list where the mount takes the place of /dev/shm: by stores, of which no event tells. What
    then unlinks or opens it goes by what stat(2) showed."""
    for turn in range(TIMES):
        path = mnt / f"n{turn}"
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL), "r+b", buffering=0) as made:
            made.truncate(len(LIST))
            with mmap.mmap(made.fileno(), len(LIST)) as mapped:
                mapped[:] = LIST
                assert path.is_dir()
                (path / ".shm").unlink()
        assert not path.exists()


def test_what_stores_change_is_right_after_a_second(mnt, shm, eventually):
    """A sparse block is filled through a mapping, of which no event tells."""
    size = 1 << 20
    with open(shm / "ring", "w+b") as file:
        file.truncate(size)
        file.write(b"a header, so that it is no blank block")
        file.flush()
        eventually(lambda: (mnt / "ring").stat().st_blocks == os.fstat(file.fileno()).st_blocks)
        with mmap.mmap(file.fileno(), size) as mapped:
            for at in range(0, size, mmap.PAGESIZE):
                mapped[at + 100] = 1
            full = os.fstat(file.fileno())
            assert full.st_blocks == size // 512

            def shown():
                seen = (mnt / "ring").stat()
                return (seen.st_blocks, seen.st_mtime_ns) == (full.st_blocks, full.st_mtime_ns)

            eventually(shown)


def test_a_block_with_a_header_that_stores_make_a_list_shows_as_one(mnt, shm, eventually):
    with open(shm / "n", "w+b") as file:
        file.write(b"a header".ljust(len(LIST), b"."))
        file.flush()
        eventually((mnt / "n").is_file)
        with mmap.mmap(file.fileno(), len(LIST)) as mapped:
            mapped[:] = LIST
            eventually((mnt / "n").is_dir)
            mapped[:8] = b"\xff" * 8
            eventually((mnt / "n").is_file)


def test_an_open_block_that_changes_does_not_show_as_deleted(mnt, shm, eventually):
    (shm / "block").write_bytes(bytes(100))
    with open(mnt / "block", "r+b") as file, mmap.mmap(file.fileno(), 100):
        for change in (
            lambda: os.truncate(shm / "block", 5000),
            lambda: (shm / "block").write_bytes(b"howdy"),
            lambda: os.chmod(shm / "block", 0o640),
        ):
            change()
            eventually(lambda: (mnt / "block").stat().st_ctime_ns == (shm / "block").stat().st_ctime_ns)
            assert os.readlink(f"/proc/self/fd/{file.fileno()}") == str(mnt / "block")
            assert "(deleted)" not in pathlib.Path("/proc/self/maps").read_text()
        (shm / "block").unlink()
        eventually(lambda: os.readlink(f"/proc/self/fd/{file.fileno()}").endswith("(deleted)"))


@pytest.fixture(name="meanwhile")
def fixture_meanwhile():
    """meanwhile(act) does it again and again until the test ends."""
    stop, threads, failed = threading.Event(), [], []

    def start(act):
        def run():
            try:
                while not stop.is_set():
                    act()
            except BaseException as error:
                failed.append(error)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
@pytest.mark.parametrize("held", [False, True], ids=["alone", "held"])
def test_a_replaced_block_is_opened_as_the_new_one(any_mnt, shm, held):
    for _ in range(TIMES):
        (shm / "n").write_bytes(b"old")
        (shm / "new").write_bytes(b"new")
        with contextlib.ExitStack() as files:
            if held:
                old = files.enter_context(open(any_mnt / "n", "rb"))
            else:
                (any_mnt / "n").stat()
            (shm / "new").rename(shm / "n")
            assert (any_mnt / "n").read_bytes() == b"new"
            if held:
                assert old.read() == b"old"
                # By the open file it is the old one, however its name goes on.
                with open(f"/proc/self/fd/{old.fileno()}", "rb") as again:
                    assert again.read() == b"old"


def test_an_unlinked_block_is_opened_by_its_open_file_only(mnt, shm):
    for _ in range(TIMES):
        (shm / "n").write_bytes(b"here")
        with open(mnt / "n", "rb") as file:
            (shm / "n").unlink()
            with pytest.raises(FileNotFoundError):
                (mnt / "n").read_bytes()
            with open(f"/proc/self/fd/{file.fileno()}", "rb") as again:
                assert again.read() == b"here"


@pytest.mark.parametrize("access", ["passthrough", "direct"], indirect=True)
def test_a_name_that_comes_and_goes_is_there_or_not(any_mnt, shm, meanwhile):
    def come_and_go():
        (shm / "n").touch()
        (shm / "n").unlink()

    meanwhile(come_and_go)
    outcomes = set()
    for _ in range(TIMES * 20):
        for call in (lambda: (any_mnt / "n").read_bytes(), (any_mnt / "n").stat, lambda: os.chmod(any_mnt / "n", 0o600)):
            try:
                call()
                outcomes.add(0)
            except OSError as error:
                outcomes.add(error.errno)
    assert outcomes <= {0, errno.ENOENT}


def test_a_name_that_is_replaced_again_and_again_is_always_there(mnt, shm, meanwhile):
    (shm / "n").write_bytes(b"whole")

    def replace():
        (shm / "new").write_bytes(b"whole")
        (shm / "new").rename(shm / "n")

    meanwhile(replace)
    for _ in range(TIMES * 20):
        assert (mnt / "n").read_bytes() == b"whole"


def test_an_open_directory_whose_draft_was_removed(mnt, shm):
    """As on a tmpfs, by whomever it was removed."""
    for remove in (mnt / "d").rmdir, (shm / "d").rmdir:
        (mnt / "d").mkdir()
        fd = os.open(mnt / "d", os.O_RDONLY)
        native = os.open(shm / "d", os.O_RDONLY)
        remove()
        for each in fd, native:
            assert os.fstat(each).st_nlink == 0
            assert os.listdir(each) == []
            with refused(errno.ENOENT):
                os.open("0.int", os.O_CREAT | os.O_WRONLY, dir_fd=each)
            os.fchmod(each, 0o500)
            assert os.fstat(each).st_mode & 0o777 == 0o500
            os.close(each)


def test_an_open_directory_whose_list_was_removed(mnt, shm):
    (shm / "n").write_bytes(LIST)
    fd = os.open(mnt / "n", os.O_RDONLY)
    assert os.listdir(fd)
    (shm / "n").unlink()
    assert os.fstat(fd).st_nlink == 0
    assert os.listdir(fd) == []
    with refused(errno.ENOENT):
        os.open("00.int", os.O_RDONLY, dir_fd=fd)
    os.close(fd)


def test_over_a_backing_that_does_not_tell_of_every_change_nothing_is_kept(mounts, shm):
    """Another mount, which is told of what changes beneath it by invalidations and not by events."""
    below = mounts("-o", "access=direct")
    above = mounts("-o", "access=direct", backing=below.path)
    assert "no caching" in above.log()
    for turn in range(TIMES):
        names = {f"n{number}" for number in range(turn)}
        assert set(os.listdir(above)) == names
        (shm / f"n{turn}").touch()
        assert set(os.listdir(above)) == names | {f"n{turn}"}


def test_a_mount_of_a_mount(mounts, run_shmount, shm, tmp_path):
    """The kernel passes nothing through to a file system that lies on another."""
    below = mounts()
    above = mounts(backing=below.path)
    assert "access=direct (auto, as passthrough needs " in above.log()
    (shm / "a").write_text("howdy")
    assert (above / "a").read_text() == "howdy"
    (above / "b").write_text("there")
    assert (shm / "b").read_text() == "there"
    (above / "b").rename(above / "c")
    (above / "a").unlink()
    assert os.listdir(shm) == os.listdir(above) == ["c"]
    with refused(errno.EPERM):
        os.mkdir(above / "draft")
    (tmp_path / "third").mkdir()
    done = run_shmount("--access", "passthrough", "--backing", below.path, tmp_path / "third")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    if os.geteuid() == 0:
        assert "a backing that is not itself on FUSE or overlay" in done.stderr


def test_two_mounts_of_each_other(mounts, tmp_path):
    """Each is a mount of the directory that was there before."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one = mounts(backing=second, path=first)
    two = mounts(backing=first, path=second)
    (two / "a").write_text("howdy")
    assert (one / "a").read_text() == (two / "a").read_text() == "howdy"


def test_a_listing_that_cannot_look_at_a_name_fails(faults, faulty, backings):
    """Else the kernel would keep it, without that name."""
    mnt = faulty(backings())
    for name in ("block", "other"):
        (mnt.backing / name).write_bytes(b"howdy, dry ice")
    (mnt / "draft").mkdir()
    names = {"block", "other", "draft"}
    for code in errno.EMFILE, errno.ENFILE, errno.ENOMEM:
        for step in range(1, 100):
            (mnt.backing / "changed").touch()  # so that the kernel asks for them
            (mnt.backing / "changed").unlink()
            with faults.at(step, code) as hit:
                try:
                    listed = set(os.listdir(mnt))
                except OSError as error:
                    assert error.errno == code
                    listed = names
            assert listed == names, (step, hit.call)
            assert set(os.listdir(mnt)) == names, (step, hit.call)
            if not hit.call:
                break
        assert step > 1
