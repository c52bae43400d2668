# SPDX-License-Identifier: Apache-2.0
"""Values and changes that a list refuses: the error comes from the call itself, and the value before
is whole, for Python and at the mount."""

import errno
import os
import subprocess

import pytest

from list_support import brief, files, name, names, python_list, refused, texts, type_name, write

VALUES = ["howdy", -273.154, 100, None, True, b"bytes", "a longer text", 123456789]


@pytest.fixture
def py(python_session):
    """A Python that has the list `l` of VALUES."""
    session = python_session()
    python_list(session, "l", VALUES)
    return session


@pytest.fixture
def whole(mnt, py, shm):
    """Nothing has changed after the test."""
    before = (shm / "l").read_bytes()
    yield
    assert (shm / "l").read_bytes() == before == py.eval("bytes(l.shm.buf)")
    assert py.eval("list(l)") == VALUES
    assert files(mnt / "l") == texts(VALUES)


REFUSED = [
    ("int", b"abc\n", errno.EINVAL), ("int", b"\n", errno.EINVAL), ("int", b"1.5\n", errno.EINVAL),
    ("int", b"1 2", errno.EINVAL), ("int", b"0x", errno.EINVAL), ("int", b"1__0", errno.EINVAL),
    ("int", b"5\n\nx", errno.EINVAL), ("int", b"5\0", errno.EINVAL), ("int", "５".encode(), errno.EINVAL),
    ("int", b"9223372036854775808\n", errno.ERANGE), ("int", b"-9223372036854775809", errno.ERANGE),
    ("int", b"0x8000000000000000", errno.ERANGE), ("int", b"9" * 400, errno.ERANGE),
    ("float", b"abc", errno.EINVAL), ("float", b"\n", errno.EINVAL), ("float", b"1,5", errno.EINVAL),
    ("float", b"0x1p3", errno.EINVAL), ("float", b"1e", errno.EINVAL), ("float", b"nan(1)", errno.EINVAL),
    ("float", b"1e400", errno.ERANGE), ("float", b"-1e309\n", errno.ERANGE),
    ("bool", b"maybe", errno.EINVAL), ("bool", b"2\n", errno.EINVAL), ("bool", b"TRUE", errno.EINVAL),
    ("bool", b"\n", errno.EINVAL),
    ("none", b"x", errno.EINVAL), ("none", b"null\n", errno.EINVAL),
    ("str", b"nine byte", errno.EFBIG), ("str", b"x" * 100_000, errno.EFBIG), ("str", "日本語".encode(), errno.EFBIG),
    ("str", b"\xff", errno.EILSEQ), ("str", b"a\xc3(", errno.EILSEQ), ("str", b"\xed\xa0\x80", errno.EILSEQ),
    ("str", b"\xc0\x80", errno.EILSEQ), ("str", b"caf\xc3\n", errno.EILSEQ), ("str", b"a\0b", errno.EINVAL),
    ("bytes", b"nine byte", errno.EFBIG), ("bytes", b"8 bytes!\n", errno.EFBIG),
]  # fmt: skip


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("type_, data, code", REFUSED, ids=brief)
@pytest.mark.parametrize("truncated", [True, False], ids=["truncated", "in place"])
def test_a_value_of_the_same_type(mnt, type_, data, code, truncated):
    index = [type_name(value) for value in VALUES].index(type_)
    fd = os.open(mnt / "l" / f"{index}.{type_}", os.O_WRONLY | (os.O_TRUNC if truncated else 0))
    with refused(code):
        os.write(fd, data)
    os.close(fd)


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("type_, data, code", REFUSED, ids=brief)
def test_a_value_of_another_type(mnt, type_, data, code):
    index = 2 if type_ != "int" else 0
    with refused(code):
        write(mnt / "l" / f"{index}.{type_}", data)
    assert not os.path.lexists(mnt / "l" / f"{index}.{type_}")


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("cut", [b"\xc3", b"\xe6\x97", b"\xf0\x9f\x90"])
def test_a_text_that_ends_within_a_character(mnt, cut):
    with refused(errno.EILSEQ):
        write(mnt / "l/0.str", b"caf" + cut)


@pytest.mark.parametrize("command", ["head -c 1000 text > l/0.str", "cp cut l/0.str",
                                     "dd if=cut of=l/0.str bs=1000 conv=fsync", "head -c 1000 text > l/1.str"])  # fmt: skip
def test_a_long_text_that_ends_within_a_character(mnt, py, shm, command):
    """A write cannot tell whether more will come; the close does."""
    text = ("日本語" * 400).encode()
    (shm / "text").write_bytes(text)
    (shm / "cut").write_bytes(text[:1000])
    python_list(py, "m", ["old" * 1000, b"x" * 3000])
    done = subprocess.run(["bash", "-c", command.replace("l/", "m/")], cwd=mnt, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert b"multibyte" in done.stderr
    assert py.eval("list(m)") == ["old" * 1000, b"x" * 3000]


def test_half_a_character_survives_the_end_of_a_process(mnt, py, shm):
    """Whose exit closes the file too, and whose own close reports it."""
    (shm / "text").write_text("日本語" * 400)
    python_list(py, "m", ["old" * 1200])
    command = "{ head -c 1000 text; tail -c +1001 text; } > m/0.str"
    subprocess.run(["bash", "-c", command], cwd=mnt, stderr=subprocess.PIPE, check=True)
    assert py.eval("m[0]") == "日本語" * 400


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize(
    "command",
    ["{ printf -- -; printf 7; } > l/2.int", "{ printf 1e; printf 5; } > l/1.float", "{ echo no; echo True; } > l/4.bool",
     "{ printf '\\377'; printf x; } >> l/0.str", "printf %s -7 | dd bs=1 of=l/2.int"],
)  # fmt: skip
def test_a_refused_piece_refuses_the_rest(mnt, command):
    """On its own it would be another value."""
    assert subprocess.run(["bash", "-c", command], cwd=mnt, stderr=subprocess.PIPE, check=False).returncode != 0


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize(
    "command, complaint",
    [
        ("echo larger than its storage > l/0.str", "File too large"),
        ("echo larger than its storage > l/1.str", "File too large"),
        ("echo many > l/2.int", "Invalid argument"),
        ("echo 99999999999999999999 > l/2.int", "Numerical result out of range"),
        ("printf '\\377' > l/0.str", "Invalid or incomplete multibyte or wide character"),
        ("mv l/0.str l/0.int", "cannot move"),
        ("mv l/1.float l/1.int", "cannot move"),
        ("mv l/7.int l/7.str", "File too large"),
        ("mv l/6.str l/2.str", "Operation not permitted"),
        ("mv l/2.int l/8.int", "Operation not permitted"),
        ("mv l/2.int l/new", "Operation not permitted"),
        ("echo 1 > l/8.int", "Operation not permitted"),
        ("touch l/8.int", "Operation not permitted"),
        ("mkdir l/new", "Operation not permitted"),
        ("ln -s x l/new", "Operation not permitted"),
        ("ln l/0.str l/new", "Operation not permitted"),
        ("mkfifo l/new", "Operation not permitted"),
        ("chmod u+w l", "Device or resource busy"),
        ("rmdir l", "Directory not empty"),
        ("rm l/8.int", "No such file or directory"),
    ],
)  # fmt: skip
def test_shell(mnt, command, complaint):
    done = subprocess.run(
        ["bash", "-c", command], cwd=mnt, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode != 0
    assert complaint in done.stderr


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize(
    "new", ["8.int", "8", "08.str", "-9", "18446744073709551616.int"]
)
def test_creating_what_is_no_element(mnt, new):
    for flags in (os.O_CREAT, os.O_CREAT | os.O_EXCL):
        with refused(errno.EPERM):
            os.open(mnt / "l" / new, flags | os.O_WRONLY, 0o600)
    assert len(os.listdir(mnt / "l")) == len(VALUES)


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o520, 0o502, 0o777])
def test_a_write_bit_on_a_list(mnt, shm, mode):
    """It asks for a draft, which a list is not while a program has it."""
    before = (shm / "l").stat().st_mode
    with refused(errno.EBUSY):
        (mnt / "l").chmod(mode)
    assert (shm / "l").stat().st_mode == before


@pytest.mark.usefixtures("whole")
def test_an_exclusive_create_of_what_is_there(mnt):
    for each in names(VALUES):
        with refused(errno.EEXIST):
            os.open(mnt / "l" / each, os.O_CREAT | os.O_EXCL | os.O_WRONLY)


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("index", [1, 2, 4])
def test_truncation_alone_of_what_cannot_be_empty(mnt, index):
    (mnt / "l" / name(VALUES, index)).write_bytes(b"")


@pytest.mark.usefixtures("whole")
def test_truncation_to_what_is_no_value(mnt):
    with refused(errno.EFBIG):
        os.truncate(mnt / "l/0.str", 100_000_000)
    with refused(errno.EINVAL):
        os.truncate(mnt / "l/1.float", 1)  # "-"
    with refused(errno.EINVAL):
        os.truncate(mnt / "l/0.str", 8)  # NULs


@pytest.mark.usefixtures("whole")
def test_a_hole_is_refused(mnt):
    with open(mnt / "l/6.str", "r+b", buffering=0) as file:
        file.seek(20)
        with refused(errno.EINVAL):
            file.write(b"x")


def test_a_piece_that_does_not_fit_leaves_what_was_before_it(mnt, py):
    fd = os.open(mnt / "l/0.str", os.O_WRONLY | os.O_TRUNC)
    assert os.write(fd, b"8 bytes!") == 8
    with refused(errno.EFBIG):
        os.write(fd, b"more")
    os.close(fd)
    assert py.eval("l[0]") == "8 bytes!"


def test_renames_between_a_list_and_the_root(mnt, py, shm):
    (shm / "file").write_bytes(b"1")
    for source, target in (("file", "l/0.str"), ("l/0.str", "new")):
        with refused(errno.EXDEV):
            os.rename(mnt / source, mnt / target)
    assert py.eval("list(l)") == VALUES
