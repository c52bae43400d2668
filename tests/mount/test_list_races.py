# SPDX-License-Identifier: Apache-2.0
"""Many hands on one list: every outcome is one of the serial ones, and nothing is left behind (the
fixture nothing_left looks for staging directories after every test)."""

import errno
import fcntl
import os
import stat
import threading

import pytest

from harness import listed
from list_support import (
    EVERY_TYPE, files, make_draft, python_block, python_list, python_values, read, refused, seal, text, texts, write,
)  # fmt: skip


@pytest.fixture
def py(python_session):
    return python_session()


def together(*actions):
    """Runs them at once; the errno of each, or 0."""
    barrier = threading.Barrier(len(actions))
    results = [None] * len(actions)

    def run(index):
        barrier.wait()
        try:
            actions[index]()
            results[index] = 0
        except OSError as error:
            results[index] = error.errno

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("daemons", [1, 2])
def test_two_seal_one_draft(mounts, py, shm, daemons):
    at = [mounts() for _ in range(daemons)]
    block = python_block(py, EVERY_TYPE)
    for turn in range(30):
        title = f"d{turn}"
        make_draft(at[0] / title, EVERY_TYPE)
        results = together(*(lambda mount=mount: seal(mount / title) for mount in (at[0], at[-1])))
        # The one comes first and the other finds a list, or that another is sealing.
        assert 0 in results and set(results) <= {0, errno.EBUSY}, results
        assert (shm / title).read_bytes() == block
        assert os.listdir(at[-1] / title) == list(texts(EVERY_TYPE))
    assert not [entry for entry in listed(shm) if entry.startswith(".")]


def test_mkdir_against_a_python_that_makes_the_same_name(mnt, py, shm, eventually):
    for turn in range(50):
        title = f"l{turn}"
        made = []

        def create(title=title, made=made):
            python_list(py, title, [1])
            made.append(title)

        directory, python = together((mnt / title).mkdir, create)
        assert sorted([directory, python]) == [0, errno.EEXIST]
        assert (shm / title).is_dir() == (not made) == (directory == 0)
        eventually((mnt / title).is_dir)


def test_a_seal_against_a_python_that_makes_the_same_name(mnt, py, shm):
    """The name is taken before, while and after."""
    for turn in range(30):
        title = f"d{turn}"
        make_draft(mnt / title, ["mine"])

        def create(title=title):
            with pytest.raises(FileExistsError):
                for _ in range(50):
                    python_list(py, title, ["python's"])
            with pytest.raises((FileExistsError, ValueError)):
                python_list(py, title, ["python's"])

        assert together(lambda: seal(mnt / title), create) == [0, 0]
        assert python_values(py, title) == "['mine']"


def test_attaching_while_it_is_sealed_fails_or_sees_the_whole(mnt, py):
    """The swap is one: nobody ever sees half a list or no name."""
    values = list(range(500))
    for turn in range(20):
        title = f"d{turn}"
        make_draft(mnt / title, values)
        seen = []

        def attach(title=title, seen=seen):
            while not seen:
                try:
                    seen.append(python_values(py, title))
                except OSError as error:
                    assert error.errno in (errno.EINVAL, errno.EISDIR)

        assert together(lambda: seal(mnt / title), attach) == [0, 0]
        assert seen == [repr(values)]


def test_elements_written_during_the_seal(mnt, py, shm):
    for turn in range(30):
        directory = mnt / f"d{turn}"
        make_draft(directory, [0, "draft", 2])
        accepted, done = [], threading.Event()

        def assign(directory=directory, accepted=accepted, done=done):
            for number in range(100_000):
                last = done.is_set()
                try:
                    write(directory / "1.str", b"%05d" % number)
                    accepted.append(number)
                except OSError as error:
                    assert error.errno in (errno.ESTALE, errno.ENOENT) and not last
                if last:
                    break

        def sealer(directory=directory, done=done):
            try:
                seal(directory)
            finally:
                done.set()

        assert together(assign, sealer) == [0, 0]
        # What was accepted last is there: no write went into a draft that was a list already.
        assert python_values(py, directory.name) == repr([0, f"{accepted[-1]:05}", 2])


def test_files_made_and_removed_during_the_seal(mnt, shm, py):
    outcomes = set()
    for turn in range(40):
        directory = mnt / f"d{turn}"
        make_draft(directory, [0, 1])
        results = together(
            lambda: seal(directory),
            lambda: os.close(os.open(directory / "2.str", os.O_CREAT | os.O_EXCL | os.O_WRONLY)),
        )
        assert results[0] == 0
        # Before the seal it is an element; after it a list does not grow.
        assert results[1] in (0, errno.EPERM, errno.ESTALE), errno.errorcode[results[1]]
        expected = [0, 1, ""] if results[1] == 0 else [0, 1]
        assert python_values(py, directory.name) == repr(expected)
        outcomes.add(results[1])
    assert outcomes


def test_a_block_unlinked_while_its_directory_is_open(mnt, py, shm):
    python_list(py, "l", [1, "text"])
    fd = os.open(mnt / "l", os.O_RDONLY | os.O_DIRECTORY)
    element = os.open(mnt / "l/1.str", os.O_RDWR)
    assert os.listdir(fd) == ["0.int", "1.str"]
    (shm / "l").unlink()
    assert os.listdir(fd) == []
    with refused(errno.ENOENT):
        os.open("0.int", os.O_RDONLY, dir_fd=fd)
    # An open element is of the block, as a mapping is.
    assert os.read(element, 9) == b"text\n"
    assert os.pwrite(element, b"new\n", 0) == 4
    assert py.eval("l[1]") == "new"
    os.close(element)
    os.close(fd)
    python_list(py, "l", [2.5])
    assert files(mnt / "l") == {"0.float": b"2.5\n"}


def test_a_list_replaced_while_its_directory_is_open(mnt, py, shm, eventually):
    python_list(py, "l", [1])
    fd = os.open(mnt / "l", os.O_RDONLY | os.O_DIRECTORY)
    python_list(py, "new", ["new", 2])
    (shm / "new").rename(shm / "l")
    eventually(lambda: os.listdir(mnt / "l") == ["0.str", "1.int"])
    with refused(errno.ENOENT, errno.ESTALE):
        os.open("0.int", os.O_RDONLY, dir_fd=fd)
    os.close(fd)


@pytest.mark.parametrize("entries", [0, 3, 500])
def test_leftovers_of_a_killed_daemon_are_cleaned(mounts, shm, entries):
    staging = shm / f".shmount-{os.geteuid()}"
    staging.mkdir(0o700)
    (staging / "1.2.3").mkdir()
    (staging / "4.5.6").write_bytes(bytes(1000))
    for index in range(entries):
        (staging / "1.2.3" / f"{index}.int").write_text("1\n")
    mnt = mounts()
    assert os.listdir(shm) == []
    assert os.listdir(mnt) == []


def test_what_another_daemon_is_making_is_no_leftover(mounts, shm):
    staging = shm / f".shmount-{os.geteuid()}"
    staging.mkdir(0o700)
    (staging / "1.2.3").mkdir()
    (staging / "4.5.6").write_bytes(bytes(1000))
    held = [os.open(staging / entry, os.O_RDONLY) for entry in ("1.2.3", "4.5.6")]
    for fd in held:
        fcntl.flock(fd, fcntl.LOCK_EX)
    assert os.listdir(mounts()) == []
    assert sorted(os.listdir(staging)) == ["1.2.3", "4.5.6"]
    for fd in held:
        os.close(fd)
    mounts()
    assert os.listdir(shm) == []


def test_a_daemon_killed_while_it_seals_leaves_the_draft_or_the_list(mounts, py, shm):
    values = [f"value {index}" for index in range(500)]
    expected = python_block(py, values)
    outcomes = []
    for turn in range(6):
        mnt = mounts()
        title = f"d{turn}"
        make_draft(mnt / title, values)
        thread = threading.Thread(target=together, args=(lambda mnt=mnt, title=title: seal(mnt / title),))
        thread.start()
        thread.join(0.001 * turn)
        mnt.kill()
        thread.join()
        again = mounts()
        assert os.listdir(shm) == [title]
        outcomes.append(stat.S_ISREG((shm / title).stat().st_mode))
        if not outcomes[-1]:
            assert files(again / title).items() == texts(values).items()
            seal(again / title)
        assert (shm / title).read_bytes() == expected
        assert read(again / title / "499.str") == text(values[-1])
        again.unmount()
        (shm / title).unlink()
    assert len(outcomes) == 6


def create_in(draft):
    with open(draft / "30.int", "x") as file:
        file.write("42")


def write_in(draft):
    with open(draft / "1.int", "r+") as file:
        file.write("99")


def unlink_in(draft):
    os.unlink(draft / "29.int")


def rename_in(draft):
    os.rename(draft / "1.int", draft / "1.str")


@pytest.mark.parametrize("change", [create_in, write_in, unlink_in, rename_in])
def test_what_another_daemon_changes_in_a_draft_is_sealed_or_refused(mounts, shm, change):
    """The change is made by one daemon while another seals. What ends well is in the list."""
    sealer, other = mounts(), mounts()
    for turn in range(60):
        title = f"d{turn}"
        draft = sealer / title
        draft.mkdir()
        for index in range(30):
            (draft / f"{index}.int").write_text(str(index))
        (other / title).stat()
        changed, sealed = together(lambda: change(other / title), lambda: seal(sealer / title))
        # A file that is made and not yet written is no element's text.
        assert sealed in (0, errno.EBUSY, errno.EINVAL), errno.errorcode[sealed]
        if sealed == 0 and changed == 0:
            names = os.listdir(sealer / title)
            present = {
                create_in: lambda: "30.int" in names,
                write_in: lambda: (sealer / title / "01").read_text() == "99\n",
                # After the seal it hides the element in its own mount.
                unlink_in: lambda: len(names) == 29 or len(os.listdir(other / title)) == 29,
                rename_in: lambda: "01.str" in names,
            }
            assert present[change](), (turn, names)
        elif sealed == 0:
            # Refused as too late, or met the stand-in or the list.
            assert changed in (errno.ESTALE, errno.EBUSY, errno.EPERM, errno.ENOENT, errno.EEXIST), changed
    assert not [name for name in listed(shm) if name.startswith(".")]
