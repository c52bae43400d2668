# SPDX-License-Identifier: Apache-2.0
"""The command line of shm: help, words that are wrong, options given twice, names and patterns."""

import re
import subprocess

import pytest

from test_pages import commands


@pytest.fixture
def refused(command):
    """refused("ls", "--foo") is the first line of why a command line is refused; the second names the help."""

    def run(*words):
        assert command(*words, status=2) == ""
        why, more, rest = command.errors.split("\n", 2)
        name = why.split(": ")[0]
        assert more == f"Try '{name} --help' for more information." and rest == ""
        assert subprocess.run([command.program, *name.split()[1:], "--help"], check=False, stdout=-3).returncode == 0
        return why

    return run


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "shm: missing COMMAND"),
        (["lss"], "shm: unknown command 'lss'; did you mean 'ls'?"),
        (["lsit"], "shm: unknown command 'lsit'; did you mean 'list'?"),
        (["-J", "hold"], "shm: unknown command 'hold'; did you mean 'holders'?"),
        (["frobnicate"], "shm: unknown command 'frobnicate'"),
        (["x" * 100_000], f"shm: unknown command '{'x' * 100_000}'"),
        (["\033[31mls"], "shm: unknown command '\\x1b[31mls'"),
        (["--foo"], "shm: unrecognized option '--foo'"),
        (["ls", "--jsn"], "shm ls: unrecognized option '--jsn'; did you mean '--json'?"),
        (["ls", "--sotr=size"], "shm ls: unrecognized option '--sotr=size'; did you mean '--sort'?"),
        (["ls", "-q"], "shm ls: unrecognized option '-q'"),
        (["run", "--bar", "true"], "shm run: unrecognized option '--bar'"),
        (["run"], "shm run: missing COMMAND"),
        (["rm"], "shm rm: missing NAME"),
        (["set", "l", "0"], "shm set: missing VALUE"),
        (["get", "l", "0", "1"], "shm get: extra operand '1'"),
        (["ls", "--backing"], "shm ls: option '--backing' requires an argument"),
        (["ls", "--json=maybe"], "shm ls: option '--json' does not take 'maybe'"),
        (["ls", "--color", "blue"], "shm ls: --color: 'blue' is none of auto, always, never"),
        (["ls", "--kind", "block,x"], "shm ls: --kind: 'x' is none of block, list, draft, semaphore"),
        (["list", "-t", "long", "l"], "shm list: --type: 'long' is none of int, float, bool, str, bytes, none"),
        (["watch", "--interval", "x"], "shm watch: --interval: Value x not in range 1 to 3600"),
        (["new", "-s", "1q"], "shm new: --size: '1q' is no size"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else None,
)
def test_wrong_words_are_named(refused, words, why):
    assert refused(*words) == why


def test_every_help(command):
    for name in commands(command.program):
        text = command(name, "--help")
        assert text.startswith(f"Usage: shm {name} [OPTION]...")
        assert not [line for line in text.splitlines() if len(line) > 80]
        assert not re.search(r"\b(TEXT|REQUIRED|Excludes|INT in)\b|\{.*\}", text)
        assert name == "run" or ("--json" in text and "--backing DIR" in text)
    assert command("run", "--help").startswith("Usage: shm run [OPTION]... COMMAND [ARGUMENT]...\n")
    assert command("--help").startswith("Usage: shm [OPTION]... COMMAND ...\n")


@pytest.mark.parametrize("words", [["--help"], ["ls", "--help"], ["--version"]])
def test_help_that_cannot_be_written(command, words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([command.program, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "shm: standard output: No space left on device\n")


def test_the_last_of_a_repeated_option_counts(command, shm):
    command("new", "-s", 1, "-s", 4096, "-m", 600, "-m", 640, "a")
    assert (shm / "a").stat().st_size == 4096 and (shm / "a").stat().st_mode & 0o777 == 0o640
    assert command("ls", "--sort", "size", "--sort", "NAME", "-n", "-o", "name") == "a\n"


def test_patterns_as_in_the_shell(command, shm):
    for name in "a1", "a2", "a*", "b", "sem.a":
        command.json("ls") if name == "sem.a" else command("new", name)
    (shm / "sem.a").write_bytes(bytes(32))
    command("rm", "a*")  # a name
    assert sorted(path.name for path in shm.iterdir()) == ["a1", "a2", "b", "sem.a"]
    command("rm", "a*")
    assert sorted(path.name for path in shm.iterdir()) == ["b", "sem.a"]
    command("rm", "a*", "b", status=1)
    assert command.errors == "shm: a*: Nothing matches\n" and not (shm / "b").exists()
    command("rm", "*", status=1)
    assert (shm / "sem.a").exists()
    command("rm", "sem.*")
    assert not list(shm.iterdir())


def test_patterns_elsewhere(command, shm):
    for name in "l1", "l2":
        command("list", name, 1)
    assert command("check", "/l?").count("no damage") == 2
    with open(shm / "l2", "rb"):
        rows = [line.split()[0] for line in command("holders", "-n", "/dev/shm/l*").splitlines()]
        assert rows == ["l2"]
        assert [line.split()[0] for line in command("holders", "-n").splitlines()] == ["l2"]
    assert command("holders", status=1) == ""
