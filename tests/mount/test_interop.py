# SPDX-License-Identifier: Apache-2.0
"""Each CPython on the machine, and recorded blocks of those that are not, on one memory with the
mount."""

import json
import os
import pathlib
import random
import shutil
from math import inf, nan

import pytest

from list_support import (
    EVERY_TYPE, as_v1, files, make_draft, name, python_block, python_list, python_values, read, seal, text,
    texts, type_name, write,
)  # fmt: skip
from python_session import interpreters

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
RECORDED = sorted(path.with_suffix("") for path in FIXTURES.glob("*.bin"))
MODERN = {version: path for version, path in interpreters().items() if not version.startswith("3.8.")}


@pytest.fixture(params=MODERN.values(), ids=MODERN.keys())
def modern(request, python_session):
    """A PySession of each CPython of 3.9 and later, which have the layout of lists that are made here."""
    return python_session(request.param)


def test_a_list_of_each_python(mnt, py):
    python_list(py, "l", EVERY_TYPE)
    assert files(mnt / "l") == texts(EVERY_TYPE)
    assert read(mnt / "l/.format").decode() == py.eval("l.format") + "\n"
    write(mnt / "l/00.float", b"2.5\n")
    (mnt / "l/24.str").write_bytes("日本\n".encode())
    assert py.eval("(l[0], l[24])") == (2.5, "日本")
    py("l[1] = 'text'; l[-1] = None")
    assert read(mnt / "l/01.str") == b"text\n"
    assert read(mnt / "l" / str(len(EVERY_TYPE) - 1)) == b"None\n"
    assert python_values(py, "l") == py.eval("repr(list(l))")


def test_a_block_of_each_python(any_mnt, py):
    py("b = SharedMemory('b', create=True, size=100); b.buf[:5] = b'hello'")
    assert (any_mnt / "b").stat().st_size == 100
    assert read(any_mnt / "b") == b"hello".ljust(100, b"\0")
    with open(any_mnt / "b", "r+b", buffering=0) as file:
        file.seek(50)
        file.write(b"there")
    assert py.eval("bytes(b.buf[50:55])") == b"there"


def test_a_block_made_at_the_mount_is_read_by_each_python(mnt, py):
    (mnt / "b").write_bytes(b"made here")
    py("b = SharedMemory('b')")
    assert py.eval("(bytes(b.buf), b.size)") == (b"made here", 9)


def test_a_copied_block_of_a_list_is_a_list_for_each_python(mnt, py, eventually):
    """Also for 3.8, whose layout no list made at the mount has."""
    python_list(py, "l", EVERY_TYPE)
    shutil.copyfile(mnt / "l/.shm", mnt / "copy")
    eventually((mnt / "copy").is_dir)
    assert files(mnt / "copy") == texts(EVERY_TYPE)
    assert python_values(py, "copy") == repr(EVERY_TYPE)


def test_a_list_made_at_the_mount_is_read_and_changed_by_each_python(mnt, modern, shm):
    make_draft(mnt / "l", EVERY_TYPE)
    seal(mnt / "l")
    assert python_values(modern, "l") == repr(EVERY_TYPE)
    assert (shm / "l").read_bytes() == python_block(modern, EVERY_TYPE)
    modern("l = ShareableList(name='l'); l[0] = 'text'; l[-1] = 2.5")
    assert files(mnt / "l") == texts(["text", *EVERY_TYPE[1:-1], 2.5])
    assert modern.eval("(l.count('text'), l.index(100))") == (1, 1)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.name)
def test_a_recorded_block(mnt, shm, recorded):
    """A machine with one Python tests both layouts."""
    shutil.copyfile(recorded.with_suffix(".bin"), shm / "l")
    expected = json.loads(recorded.with_suffix(".json").read_text())
    if not expected["values"]:  # an empty list takes a mark
        assert (mnt / "l").is_file()
    elif recorded.name.endswith("-damaged"):
        assert (mnt / "l").is_file()  # this damage is in the first format
    else:
        assert (mnt / "l").is_dir()
        assert read(mnt / "l/.format").decode() == expected["format"] + "\n"
        assert len(os.listdir(mnt / "l")) == len(expected["values"])
    for index, value in enumerate(expected["values"] if (mnt / "l").is_dir() else []):
        if "error" in value:
            assert value["error"] == "UnicodeDecodeError"
            with pytest.raises(UnicodeDecodeError):
                read(mnt / "l" / str(index)).decode()
            continue
        data = bytes.fromhex(value["hex"]) if "hex" in value else value["repr"].encode()
        width = len(str(len(expected["values"]) - 1))
        path = mnt / "l" / f"{index:0{width}}.{value['type']}"
        assert read(path) == data + (b"" if value["type"] == "bytes" else b"\n")
        assert path.name in os.listdir(mnt / "l")


def random_value(rng, room):
    """A value of any type that fits into `room` bytes, often just so."""
    length = rng.choice([0, 1, room - 1, room, rng.randrange(room + 1)])
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice([0, -1, 2**63 - 1, -(2**63), rng.getrandbits(63), -rng.getrandbits(40)])
    if kind == 1:
        return rng.choice([0.0, -0.0, inf, -inf, nan, 0.1, 1e16, 5e-324, rng.uniform(-1, 1) * 10 ** rng.randint(-300, 300)])
    if kind == 2:
        return rng.random() < 0.5
    if kind == 3:
        return None
    if kind == 4:
        return bytes(rng.choices(range(256), k=length)) + rng.choice([b"", bytes(room - length)])
    alphabet = rng.choice(["abc \\\t", "é", "日", "🐍", "aé日🐍\n"])
    return "".join(rng.choices(alphabet, k=length)).encode()[:length].decode(errors="ignore")


def random_refused(rng, room):
    """A value that fits in no way: one byte too long, or an int past 64 bits."""
    return rng.choice([
        "x" * (room + 1), "é" * (room // 2) + "x" * (room % 2 + 1), "x" * (room - 2) + "日", b"z" * (room + 1),
        bytes(room + 1), 2**63, -(2**63) - 1, 2**70,
    ])  # fmt: skip


def as_read(value):
    """What Python gives back of it: the NULs at the end of bytes are no part of a value."""
    return value.rstrip(b"\0") if isinstance(value, bytes) else value


def encoded(value):
    return value if isinstance(value, bytes) else value.encode()


def room_of(value):
    """The storage of an element made with it."""
    return len(encoded(value)) // 8 * 8 + 8 if isinstance(value, (str, bytes)) else 8


def is_cut_by_python(value):
    """Named in shmount-list(5): CPython takes the characters of a str for its bytes."""
    return isinstance(value, str) and room_of(value) != len(value) // 8 * 8 + 8


STEPS = int(os.environ.get("SHMOUNT_INTEROP_STEPS", 100))
SEED = int(os.environ.get("SHMOUNT_INTEROP_SEED", random.randrange(2**32)))


@pytest.fixture
def rng():
    print(f"SHMOUNT_INTEROP_SEED={SEED}")
    return random.Random(SEED)


def test_random_lists_have_the_bytes_that_python_gives_them(mnt, py, shm, rng):
    version = py.eval("__import__('sys').version_info[:2]")
    for step in range(STEPS // 4):
        values = [random_value(rng, rng.choice([8, 16, 40])) for _ in range(rng.randrange(1, 14))]
        exact = [value for value in values if not is_cut_by_python(value)] or [None]
        for title, made in (("exact", exact), ("all", values)):
            make_draft(mnt / title, made)
            seal(mnt / title)
            # 3.8 does not read this layout, and has its own of the same parts.
            if version > (3, 8):
                assert python_values(py, title) == repr([as_read(value) for value in made]), step
            assert files(mnt / title) == texts([as_read(value) for value in made]), step
        block = (shm / "exact").read_bytes()
        assert python_block(py, exact) == (block if version > (3, 8) else as_v1(block)), (step, exact)
        python_list(py, "python", exact)
        assert files(mnt / "python") == texts([as_read(value) for value in exact]), step
        for title in ("exact", "all", "python"):
            (shm / title).unlink()


SLOTS = [0, 2.5, None, True, "", "x" * 7, "x" * 8, "y" * 31, b"bytes", b"z" * 100, "é" * 3]


def assign_at_mount(mnt, title, index, value):
    write(mnt / title / f"{index:02}.{type_name(value)}", text(value))


def test_random_assignments_leave_the_bytes_that_python_leaves(mnt, py, shm, rng, eventually):
    """Of two equal lists, the mount assigns to the one and Python to the other, by turns."""
    for title in ("one", "other"):
        python_list(py, title, SLOTS)
    values = list(SLOTS)
    for step in range(STEPS * 3):
        ours, theirs = rng.sample(["one", "other"], 2)
        index = rng.randrange(len(SLOTS))
        room = room_of(SLOTS[index])
        if rng.random() < 0.8:
            value = random_value(rng, room)
            assign_at_mount(mnt, ours, index, value)
            py(f"{theirs}[{index}] = {value!r}")
            if value == b"":  # without a write it is assigned after the close
                eventually(lambda: (shm / ours).read_bytes() == (shm / theirs).read_bytes())
            values[index] = as_read(value)
        else:
            value = random_refused(rng, room)
            before = (shm / ours).read_bytes()
            with pytest.raises(OSError, match="too large" if isinstance(value, (str, bytes)) else "out of range"):
                assign_at_mount(mnt, ours, index, value)
            assert (shm / ours).read_bytes() == before, (step, index, value)
            with pytest.raises(Exception):
                py(f"{theirs}[{index}] = {value!r}")
            if isinstance(value, int):  # named in shmount-list(5): CPython loses the old value
                assert py.eval(f"{theirs}[{index}]") == 0
                py(f"one[{index}] = other[{index}] = {values[index]!r}")
        assert (shm / "one").read_bytes() == (shm / "other").read_bytes(), (step, index, value)
        for title in ("one", "other"):
            assert read(mnt / title / name(values, index)) == text(values[index]), (step, title, value)
            assert py.eval(f"repr({title}[{index}])") == repr(values[index]), (step, title, value)
    for title in ("one", "other"):
        assert py.eval(f"repr(list({title}))") == repr(values)
        assert files(mnt / title) == texts(values)


@pytest.mark.parametrize("value", ["x" * 9, "é" * 5, b"x" * 9, "日本語"], ids=repr)
def test_both_refuse_what_does_not_fit(mnt, py, shm, value):
    python_list(py, "l", ["x", 1])
    before = (shm / "l").read_bytes()
    for index in range(2):
        with pytest.raises(ValueError, match="exceeds available storage"):
            py(f"l[{index}] = {value!r}")
        with pytest.raises(OSError, match="File too large"):
            write(mnt / "l" / f"{index}.{type_name(value)}", text(value))
    assert (shm / "l").read_bytes() == before
