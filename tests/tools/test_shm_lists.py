# SPDX-License-Identifier: Apache-2.0
"""shm list, get, set, count, index, check and upgrade, beside real Pythons."""

import random
from math import inf

import pytest

from list_support import EVERY_TYPE, as_v1, python_block, python_values, read


def literal(value):
    return repr(value)


def random_value(random):
    return random.choice([
        lambda: random.randint(-3, 3), lambda: random.randint(-(2**63), 2**63 - 1),
        lambda: random.choice([0.0, 1.0, -1.0, 2.5, inf, 2.0**53]),
        lambda: random.choice([True, False, None]),
        lambda: random.choice(["", "a", "b", "1", "été"]),
        lambda: random.choice([b"", b"a", b"1", b"\xff"]),
    ])()  # fmt: skip


@pytest.mark.parametrize("values", [[1], ["howdy", -273.154, 100, None, True, b"\x01\xff"],
                                    ["x" * n for n in range(20)]])
def test_a_list_is_the_block_that_python_makes(command, py, pythons, shm, values):
    block = python_block(py, values)
    command("list", "made", *map(literal, values))
    if "3.8" in str(pythons):
        block, made = block, read(shm / "made")
        assert as_v1(made) == block
    else:
        assert read(shm / "made") == block
        assert python_values(py, "made") == repr(values)


def test_every_type_goes_there_and_back(command, shm):
    command("list", "a", "-", input="".join(repr(value) + "\n" for value in EVERY_TYPE))
    printed = command("get", "a")
    assert printed.splitlines() == [repr(value) for value in EVERY_TYPE]
    command("list", "b", "-", input=printed)
    assert read(shm / "a") == read(shm / "b")
    assert [each["type"] for each in command.json("get", "a")] == [
        "none" if value is None else type(value).__name__ for value in EVERY_TYPE
    ]


def test_types_bare_words_and_negative_numbers(command):
    command("list", "a", "-1", "-2.5", "howdy", "[a,b]", "{}", "", "007", "-inf", "'-'")
    assert command("get", "a").splitlines() == [
        "-1", "-2.5", "'howdy'", "'[a,b]'", "'{}'", "''", "'007'", "-inf", "'-'",
    ]  # fmt: skip
    command("list", "b", "--type", "str", "1", "True")
    assert command("get", "b").splitlines() == ["'1'", "'True'"]
    command("list", "c", "--type", "int", "1", "x", status=1)
    assert command.errors == "shm: c: value 1: Not of type int\n"
    command("get", "c", status=1)
    assert command.errors == "shm: c: No such file or directory\n"


def test_get_and_set(command, py):
    py("a = ShareableList(['howdy', -273.154, 100, None], name='a')")
    assert command("get", "a", 0) == "howdy\n"
    assert command("get", "a", 0, "--repr") == "'howdy'\n"
    assert command("get", "a", -3) == "-273.154\n"
    assert command.json("get", "a", 2) == {"index": 2, "type": "int", "value": 100}
    command("set", "a", 1, "-78.5")
    command("set", "a", -1, "True")
    command("set", "a", 2, "dry")
    assert py.eval("list(a)") == ["howdy", -78.5, "dry", True]
    command("set", "a", 0, "larger than its storage", status=1)
    assert command.errors == "shm: a: Longer than the storage of element 0\n"
    command("set", "a", 2, str(2**63), status=1)
    assert py.eval("list(a)") == ["howdy", -78.5, "dry", True]
    for index in ("4", "-5", "x", "1.int"):
        command("get", "a", index, status=1)
    py("a.shm.close(); a.shm.unlink()")


def test_existing_names_and_no_lists(command, shm):
    command("new", "-s", 4096, "block")
    before = read(shm / "block")
    command("list", "block", 1, status=1)
    assert command.errors == "shm: block: File exists\n"
    assert read(shm / "block") == before
    command("get", "block", status=1)
    assert "Not a list" in command.errors
    for name in ("a/b", ".", "..", "", "x" * 256, ".shmount-0"):
        command("list", name, 1, status=1)
    command("list", status=2)
    command(status=2)


def test_an_empty_list(command, shm):
    command("list", "none")
    assert command("get", "none") == ""
    assert command("count", "none", 1) == "0\n"
    assert read(shm / "none") == bytes(16)


def test_count_and_index_are_pythons(command, py):
    rng = random.Random(5)
    for _ in range(3):
        values = [random_value(rng) for _ in range(200)]
        py(f"inf = float('inf'); a = ShareableList({values!r}, name='a')")
        kept = py.eval("list(a)") if py.eval("__import__('sys').version_info >= (3, 9)") else None
        if kept is None or kept != values:
            values = py.eval("list(a)")
        for wanted in [1, True, 1.0, 0, False, None, "a", b"a", "1", 2**53, inf, "none of them"]:
            expected = [i for i, value in enumerate(values) if wanted == value]
            assert py.eval(f"a.count({wanted!r})") == len(expected)
            assert int(command("count", "a", repr(wanted))) == len(expected)
            found = command("index", "a", repr(wanted), status=0 if expected else 1)
            assert found == (f"{expected[0]}\n" if expected else "")
        py("a.shm.close(); a.shm.unlink()")


def test_a_million_values(command, shm):
    lines = "".join(f"{i}\n" for i in range(1_000_000))
    command("list", "many", "-", input=lines)
    assert (shm / "many").stat().st_size == 16 + 25 * 1_000_000
    assert command("index", "many", 999_999) == "999999\n"
    assert command("get", "many", -1) == "999999\n"


def test_check_names_element_and_offset(command, py, shm):
    py("a = ShareableList([1, 'text', 2.5], name='a')")
    assert "no damage" in command("check", "a")
    size = (shm / "a").stat().st_size
    with open(shm / "a", "r+b") as block:
        block.seek(size - 3 - 16)
        block.write(b"zz\0\0\0\0\0\0")
    (damage,) = command.json("check", "a", status=1)[0]["damages"]
    assert damage["element"] == 1
    assert damage["offset"] == size - 3 - 16
    assert f"a: element 1, offset {size - 19}: its format is 'zz'" in command("check", "a", status=1)
    py("a.shm.close(); a.shm.unlink()")


def test_upgrade(command, py, pythons, shm):
    py("a = ShareableList([1, 'text', None], name='a')")
    if "/3.8" not in str(pythons):
        command("upgrade", "a")
        py("a.shm.close(); a.shm.unlink()")
        return
    command("upgrade", "a", status=1)
    assert "In use" in command.errors
    py("a.shm.close()")
    command("upgrade", "a")
    command("list", "b", "1", "text", "None")
    assert read(shm / "a") == read(shm / "b")
