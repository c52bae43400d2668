# SPDX-License-Identifier: Apache-2.0
"""What drafts refuse, and that they outlive everything until they are lists."""

import errno
import os
import stat
import subprocess

import pytest

from harness import listed
from list_support import (
    EVERY_TYPE, brief, files, make_draft, python_block, python_values, read, refused, seal, text, write,
)  # fmt: skip

LONGEST = 9_999_991


@pytest.fixture
def py(python_session):
    return python_session()


@pytest.fixture
def draft(mnt):
    """An empty draft."""
    (mnt / "d").mkdir()
    return mnt / "d"


REFUSED_VALUES = [
    ("0.int", b"abc\n", errno.EINVAL), ("0.int", b"9223372036854775808\n", errno.ERANGE),
    ("0.int", b"-9223372036854775809", errno.ERANGE), ("0.int", b"1.5", errno.EINVAL),
    ("0.float", b"x", errno.EINVAL), ("0.float", b"1e400", errno.ERANGE),
    ("0.bool", b"yes", errno.EINVAL), ("0.none", b"nothing", errno.EINVAL), ("0.str", b"\xff", errno.EILSEQ),
    ("0.str", b"\xed\xa0\x80", errno.EILSEQ), ("0.str", b"a\0b", errno.EINVAL),
]  # fmt: skip


@pytest.mark.parametrize("entry, data, code", REFUSED_VALUES, ids=brief)
def test_values_are_checked_when_they_are_written(draft, shm, entry, data, code):
    with refused(code):
        write(draft / entry, data)
    assert read(draft / entry) == read(shm / "d" / entry) == b""
    write(draft / "tmp", data)  # which is no element
    with refused(code):
        (draft / "tmp").rename(draft / entry)
    assert files(draft) == {"tmp": data, entry: b""}


def test_a_refused_value_leaves_the_one_before(draft):
    write(draft / "0.int", b"5\n")
    fd = os.open(draft / "0.int", os.O_WRONLY)
    with refused(errno.EINVAL):
        os.write(fd, b"many")
    os.close(fd)
    assert read(draft / "0.int") == b"5\n"


def test_a_str_in_pieces_that_cut_characters(draft, py):
    value = "日本語🐍é" * 1000
    command = ["dd", "bs=7", f"of={draft / '0.str'}", "status=none"]
    subprocess.run(command, input=value.encode(), check=True)
    seal(draft)
    assert python_values(py, "d") == repr([value])


def fill(draft, entries):
    for entry, data in entries.items():
        (draft / entry).write_bytes(data)


@pytest.mark.parametrize(
    "entries, reason",
    [
        ({"0.int": b"1", "2.int": b"3"}, "element 1 is missing"),
        ({"1.int": b"1"}, "element 0 is missing"),
        ({"0.int": b"1", "0.str": b"x"}, "element 0 is there twice"),
        ({"0.int": b"1", "1.int": b"1", "01.float": b"2"}, "element 1 is there twice"),
        ({"0.int": b"1", "18446744073709551615.int": b"1"}, "element 1 is missing"),
        ({"18446744073709551616.int": b"1"}, "'18446744073709551616.int' is no element"),
        ({"0.int": b"1", "notes": b"x"}, "'notes' is no element"),
        ({"0.int": b"1", ".1.int.Xy12z": b"2"}, "'.1.int.Xy12z' is no element"),
        ({"0.int": b"1", "1": b"2"}, "'1' is no element"),
        ({"0.int": b"1", "-1.int": b"2"}, "'-1.int' is no element"),
        ({"0.INT": b"1"}, "'0.INT' is no element"),
        ({"0.int": b""}, "'0.int'"),
        ({"0.int": b"1", "1.float": b""}, "'1.float'"),
        ({"0.bool": b""}, "'0.bool'"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_a_refused_seal_leaves_the_draft_whole_and_says_why(mnt, draft, shm, py, eventually, entries, reason):
    fill(draft, entries)
    for _ in range(2):
        with refused(errno.EINVAL):
            seal(draft)
    eventually(lambda: reason in mnt.log())
    assert "'d'" in mnt.log()
    assert files(draft) == files(shm / "d") == entries
    assert stat.S_IMODE(draft.stat().st_mode) == 0o755
    assert listed(shm) == ["d"]
    for entry in entries:
        (draft / entry).unlink()
    write(draft / "0.int", b"1")
    seal(draft)
    assert python_values(py, "d") == "[1]"


@pytest.mark.parametrize(
    "entry, data, code",
    [("1.int", b"abc", errno.EINVAL), ("1.int", b"9" * 30, errno.ERANGE), ("1.str", b"caf\xc3.", errno.EILSEQ),
     ("1.str", b"a\0", errno.EINVAL), ("1.bytes", b"x" * (LONGEST + 1), errno.EFBIG)],
    ids=brief,
)  # fmt: skip
def test_a_seal_checks_the_texts_too(mnt, draft, shm, eventually, entry, data, code):
    """What got into the backing past the mount."""
    write(draft / "0.int", b"1")
    (shm / "d" / entry).write_bytes(data)
    with refused(code):
        seal(draft)
    eventually(lambda: f"'{entry}'" in mnt.log())
    assert files(draft) == {"0.int": b"1", entry: data}


@pytest.mark.parametrize("kind", ["directory", "link", "fifo"])
def test_what_is_no_file_is_neither_followed_nor_sealed(draft, shm, kind):
    write(draft / "0.int", b"1")
    make = {"directory": os.mkdir, "fifo": os.mkfifo, "link": lambda path: os.symlink("0.int", path)}
    make[kind](shm / "d/1.int")
    assert os.listdir(draft) == ["0.int"]
    assert not os.path.lexists(draft / "1.int")
    with pytest.raises(OSError):
        seal(draft)
    assert (shm / "d").is_dir()


@pytest.mark.parametrize("kind", ["directory", "link", "fifo", "hard link"])
def test_only_files_are_made_in_a_draft(draft, shm, kind):
    write(draft / "0.int", b"1")
    make = {"directory": os.mkdir, "fifo": os.mkfifo, "link": lambda path: os.symlink("0.int", path),
            "hard link": lambda path: os.link(draft / "0.int", path)}  # fmt: skip
    with refused(errno.EPERM):
        make[kind](draft / "1.int")
    assert os.listdir(shm / "d") == ["0.int"]


def test_python_meets_a_clear_error_until_it_is_sealed(draft, py):
    write(draft / "0.int", b"1")
    with refused(errno.EINVAL, errno.EISDIR):  # glibc's shm_open makes EINVAL of EISDIR
        py("ShareableList(name='d')")
    with pytest.raises(FileExistsError):
        py("ShareableList([2], name='d')")
    seal(draft)
    assert python_values(py, "d") == "[1]"


def test_a_draft_survives_the_daemon(mounts, py, shm):
    first = mounts()
    make_draft(first / "d", EVERY_TYPE[:-1], 0o750)
    before = files(first / "d")
    first.kill()
    second = mounts()
    assert files(second / "d") == before
    assert stat.S_IMODE((second / "d").stat().st_mode) == 0o750
    write(second / "d" / f"{len(EVERY_TYPE) - 1}.bytes", text(EVERY_TYPE[-1]))
    seal(second / "d")
    assert (shm / "d").read_bytes() == python_block(py, EVERY_TYPE)


@pytest.mark.parametrize("entry, end", [("0.str", b""), ("0.str", b"\n"), ("0.bytes", b"")])
def test_the_longest_text(draft, py, entry, end):
    data = b"x" * LONGEST + end
    (draft / entry).write_bytes(data)
    with open(draft / entry, "ab", buffering=0) as file, refused(errno.EFBIG):
        file.write(b"xx")
    assert (draft / entry).stat().st_size == len(data)
    (draft / entry).write_bytes(data)
    seal(draft)
    py("d = ShareableList(name='d')")
    assert py.eval("(len(d[0]), d.format, d.shm.size)") == (LONGEST, "9999992s", 24 + LONGEST + 1 + 9)
    assert (draft / entry).stat().st_size == LONGEST + (entry == "0.str")


@pytest.mark.parametrize("entry", ["0.str", "0.bytes"])
def test_a_text_that_is_too_long(draft, entry):
    with refused(errno.EFBIG):
        (draft / entry).write_bytes(b"x" * (LONGEST + 1) + b"\n")


@pytest.fixture
def small(tmp_path):
    """A backing that holds three megabytes."""
    path = tmp_path / "small"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_full_backing_leaves_the_draft_whole(small, mounts, py, eventually):
    mnt = mounts(backing=small)
    values = [bytes([index + 1]) * 100_000 for index in range(20)]
    make_draft(mnt / "d", values)
    before = files(mnt / "d")
    with refused(errno.ENOSPC):
        seal(mnt / "d")
    eventually(lambda: "'d'" in mnt.log())
    assert files(mnt / "d") == files(small / "d") == before
    assert listed(small) == ["d"]
    subprocess.run(["mount", "-o", "remount,size=6m", small], check=True)
    seal(mnt / "d")
    assert (small / "d").read_bytes() == python_block(py, values)
    assert listed(small) == ["d"]
    assert os.statvfs(small).f_bfree * 4096 > 3_900_000  # and the draft's files are gone
