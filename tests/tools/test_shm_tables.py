# SPDX-License-Identifier: Apache-2.0
"""The tables of shm ls and shm holders: what they show, for people, for terminals and for programs."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import pytest

LONG = "a-name-that-is-longer-than-what-is-left-of-a-terminal-by-quite-some-way"
MANAGER = "some-manager-of-a-long-name"
HOSTILE = [b"od\nd", b"\xff\x1b[31m", b"a\rb", b"\x9b2J", "\u009b2J".encode(), "\u202egnp".encode(), b"b\\x41", b"a b",
           b"\x7f", "\u2028".encode()]  # fmt: skip
WIDE = "日本語の名前"
ALL = ["name", "kind", "length", "types", "size", "resident", "owner", "group", "mode", "age", "changed", "holders",
       "orphan", "manager", "inode"]  # fmt: skip
DEFAULT = [name for name in ALL if name not in ("types", "group", "changed", "inode")]


@pytest.fixture
def on_terminal(command):
    """on_terminal(columns, *arguments) runs the command on a terminal of that width and returns the lines."""

    def run(columns, *arguments):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        shown = b""
        with subprocess.Popen([command.program, *arguments], stdin=theirs, stdout=theirs, stderr=theirs):
            os.close(theirs)
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:  # EIO: nobody has the terminal open any more
                pass
        os.close(ours)
        return shown.decode().replace("\r\n", "\n").splitlines()

    return run


def width(text):
    text = re.sub("\033\\[[0-9;]*m", "", text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def make_hostile(shm):
    for name in HOSTILE:
        (shm / os.fsdecode(name)).touch()


def assert_harmless(text):
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") and c != "\n"], text


def test_cut_to_the_terminal_and_names_last(command, on_terminal, shm):
    command("new", LONG)
    os.setxattr(shm / LONG, "user.shmount.manager", MANAGER.encode())
    command("new", "short")
    whole = on_terminal(300, "ls", "--color=never")
    assert LONG in whole[1] and whole[1].endswith(" " + MANAGER)
    spare = max(map(width, whole)) - len(MANAGER) + len("MANAGER")
    for columns in range(spare + 30, 79, -1):
        lines = on_terminal(columns, "ls", "--color=never")
        name, manager = lines[1].split()[0], lines[1].split()[-1]
        assert max(map(width, lines)) <= columns and len(lines) == 3
        start, _, end = name.partition("…")
        assert LONG.startswith(start) and LONG.endswith(end) and MANAGER.startswith(manager)
        assert (name == LONG) if columns >= spare else (len(manager) == len("MANAGER"))
        assert name == LONG or 0 <= len(start) - len(end) <= 1 and max(map(width, lines)) == columns


def test_nothing_is_cut_where_there_is_no_terminal(command, shm, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    command("new", LONG)
    held = os.open(shm / LONG, os.O_RDWR)
    assert LONG in command("ls") and LONG in command("holders", LONG)
    os.close(held)


def test_a_terminals_holders(command, on_terminal, shm):
    command("new", LONG)
    held = os.open(shm / LONG, os.O_RDWR)
    for columns in 120, 60:
        heading, row, *_ = on_terminal(columns, "holders", LONG)
        assert max(width(heading), width(row)) <= columns and heading.startswith("NAME")
    os.close(held)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_wide_characters_line_up(command, shm, locale, monkeypatch):
    monkeypatch.setenv("LC_ALL", locale)
    for name in WIDE, "e\u0301", "narrow":
        (shm / name).touch()
    done = subprocess.run([command.program, "ls", "-o", "name,kind"], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    starts = {width(line[: line.rindex(" ")]) for line in lines}
    assert WIDE in done.stdout.decode() and starts == {len(WIDE) * 2, len(WIDE) * 2 + 1}, lines


def test_a_cut_is_between_wide_characters(command, on_terminal, shm):
    (shm / (WIDE * 9)).touch()
    for columns in range(84, 90):
        lines = on_terminal(columns, "ls", "--color=never")
        assert max(map(width, lines)) <= columns
        assert set(lines[1].split()[0]) == set(WIDE) | {"…"}


def test_hostile_names_do_not_reach_a_terminal(command, on_terminal, shm):
    make_hostile(shm)
    held = [os.open(os.fsencode(shm) + b"/" + name, os.O_RDONLY) for name in HOSTILE]
    for options in ["ls"], ["ls", "-r"], ["holders", *HOSTILE], ["holders", "-r", *HOSTILE]:
        shown = subprocess.run([command.program, *options], capture_output=True, check=True).stdout.decode()
        assert_harmless(shown)
        assert shown.count("\n") == len(HOSTILE) + 1
        for line in on_terminal(90, *options):
            assert_harmless(re.sub("\033\\[[0-9;]*m", "", line))
    for each in held:
        os.close(each)
    assert "od\\x0ad" in command("ls") and "\\u202egnp" in command("ls")


def test_raw_names_every_byte(command, shm):
    make_hostile(shm)
    (shm / WIDE).touch()
    rows = [line.split(" ") for line in command("ls", "--raw", "-n").splitlines()]
    assert {len(row) for row in rows} == {len(DEFAULT)}
    names = [re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), row[0].encode()) for row in rows]
    assert sorted(names) == sorted([*HOSTILE, WIDE.encode()])
    command("list", "l", 1)
    assert command("ls", "-rno", "kind,length,manager", "l") == "list\\x20V2 1 -\n"


def test_columns(command, shm):
    command("list", "l", 1, "two")

    def headings(*options):
        return command("ls", *options).splitlines()[0].lower().split()

    assert headings() == DEFAULT
    assert headings("-O") == headings("--output-all") == ALL
    assert headings("-o", "Size,NAME") == headings("-o", "size", "-o", "name") == ["size", "name"]
    assert headings("-o", "+inode") == [*DEFAULT, "inode"]
    assert headings("-o", "NAME,+Types", "-o", "+inode") == [*DEFAULT, "types", "inode"], "each once"
    assert command("ls", "-n", "-o", "name") == command("ls", "--noheadings", "-o", "Name") == "l\n"
    assert command("ls", "--sort", "NAME", "-o", "name") == "NAME\nl\n"
    for wrong in ["-o", "nix"], ["-o", "+"], ["-o", ""], ["-O", "-o", "name"], ["-O", "--null"], ["--sort", "+name"]:
        command("ls", *wrong, status=2)
        assert command.errors.startswith("shm ls: ")
    held = os.open(shm / "l", os.O_RDWR)
    assert command("holders", "l").split()[:6] == ["NAME", "PID", "USER", "HOW", "ACCESS", "COMMAND"]
    assert command("holders", "-nr", "-o", "PID,how", "l") == f"{os.getpid()} descriptor\n"
    assert command("holders", "-o", "+pid", "l").split()[:6] == ["NAME", "PID", "USER", "HOW", "ACCESS", "COMMAND"]
    os.close(held)


def test_sorting(command, shm):
    for name, size in ("a", 10), ("b", 9000), ("c", 200), ("d", 200):
        (shm / name).write_bytes(bytes(size))
    command("list", "l", 1)
    held = os.open(shm / "c", os.O_RDWR)
    for column, order in ("name", "abcdl"), ("size", "bcdla"), ("length", "labcd"), ("kind", "abcdl"), ("holders", "cabdl"), \
            ("orphan", "abdlc"):  # fmt: skip
        assert command("ls", "-no", "name", "--sort", column).split() == list(order), column
        reverse = command("ls", "-no", "name", "--sort", column, "--reverse").split()
        assert reverse == list(reversed(order)), column
    os.close(held)


def test_json_is_what_it_was(command, shm):
    command("list", "l", 1, "two")
    os.setxattr(shm / "l", "user.shmount.manager", b"m")
    command("new", "-s", "4K", "b")
    block, row = command.json("ls", "b", "l")
    assert list(row) == sorted(ALL) and list(json.loads(command("-J", "ls", "l"))[0]) == sorted(ALL)
    types = {name: type(value) for name, value in row.items()}
    assert types == dict.fromkeys(ALL, int) | dict.fromkeys(["name", "kind", "owner", "group", "mode", "manager"], str) | {
        "types": dict, "orphan": bool
    }  # fmt: skip
    assert (row["types"], row["kind"], row["length"]) == ({"int": 1, "str": 1}, "list V2", 2)
    assert (block["length"], block["manager"], block["types"], block["size"]) == (None, None, {}, 4096)
    assert set(command.json("ls", "-o", "NAME,size")[0]) == {"name", "size"}
    assert [set(each) for each in command.json("ls", "-O")] == [set(ALL)] * 2
