# SPDX-License-Identifier: Apache-2.0
"""Anyone may make a block of any name: a tab runs nothing of it, and what it completes names that block."""

import json
import os
import re

import pytest

from shell_session import SHELLS, Session

# What shells expand, split, run or take for something else; what terminals obey; what is no text.
NAMES = [
    b"$(touch canary)", b"`touch canary`", b"z;touch canary", b"z|touch canary", b"z&touch canary&",
    b"(touch canary)", b"x[$(touch canary)]", b"${x:=$(touch canary)}", b"\\$(touch canary)", b"'$(touch canary)'",
    b'"$(touch canary)"', b"new\n$(touch canary)", b"new\ntouch canary\nline", b"$(touch canary)\n", b">canary", b"<in",
    b"a b", b" leading", b"trailing ", b"  ", b"a'b", b'a"b', b"a\\b", b"a\\", b"'", b'"', b"\\",
    b"a:b:c", b"k=v", b"a@b", b"a,b", b":x", b"=ls", b"k=~", b"~", b"~root", b"#x", b"a#b",
    b"*", b"?x", b"[ab]", b"{a,b}", b"{", b"@(x)", b"^a^b", b"!x", b"a!b", b"!!", b"$HOME", b"a$", b"%1", b"%s",
    b"a\tb", b"\t", b"\x01", b"\x03", b"\x7f", b"\x1fguard", b"\x1b]0;title\x07", b"\x1b[31mred",
    b"c1\xc2\x9b31m", b"\xff\xfe", b"a\xffb", b"\xc3", b"\xc3\xbcmlaut", b"\xe5\xad\x97", b"\xe2\x80\xaertl",
    b"ls", b"rm", b"--", b"-rf", b"--help", b"-", b"-1", b"x" * 255, b"\n", b"n\n", b"\nn", b"\\n", b"n\\x0a",
]
# Names that begin as others do, or that a wrong split or a lost byte would make of them.
DECOYS = [b"a", b"b", b"z", b"new", b"line", b"x", b"k", b"v", b"rf", b"31mred", b"touch", b"guard", b"leading"]
QUOTES = {"": b"", "'": b"'", '"': b'"'}
UNTYPABLE = re.compile(rb"[^ -~]")


def begun(shell, name, quote):
    """The first half of the name as a user types it after `quote`; None where keys do not say it."""
    half = name[: (len(name) + 1) // 2]
    if UNTYPABLE.search(half) or half == name or (shell == "fish" and b"?" in half):  # fish takes any ? for a pattern
        return None
    if quote == b"'":
        return None if re.search(rb"['\\]" if shell == "fish" else rb"'", half) else quote + half
    if quote == b'"':
        escaped = rb'([\\"$])' if shell == "fish" else rb'([\\"$`])'
        return None if b"!" in half else quote + re.sub(escaped, rb"\\\1", half)
    return re.sub(rb"([^A-Za-z0-9])", rb"\\\1", half)


@pytest.fixture(params=SHELLS)
def session(request, tmp_path):
    with Session(request.param, tmp_path) as session:
        yield session


def completable(session, name, quote=b""):
    if session.shell == "fish":
        return b"\t" not in name and not name.startswith(b"~")  # the one ends a candidate, and fish quotes no other
    if session.shell == "zsh" and quote:
        return name.decode(errors="replace").encode() == name  # zsh has no quotes for other bytes
    return True


def fill(directory, names):
    for path in directory.iterdir():
        path.unlink()
    for name in names:
        (directory / os.fsdecode(name)).touch()


def check(session, typed, expected, quote=b""):
    # fish closes no quotes after what may be a part of a word.
    rest = quote if session.shell == "fish" and expected[-1][-1:] in b"/=@:.,-" else b""
    got = session.complete_and_run(typed, rest)
    assert not (session.directory / "canary").exists(), (typed, expected)
    return [] if got == expected else [(typed, expected, got)]


@pytest.mark.parametrize("quote", QUOTES)
def test_a_name_alone(session, shm, quote):
    """With nothing typed but a quote, the one block that is there is completed."""
    wrong = []
    for name in NAMES:
        if not completable(session, name, QUOTES[quote]):
            continue
        fill(shm, [name])
        guard = [b"--"] if name.startswith(b"-") else []
        typed = b" ".join([b"shm holders", *guard, QUOTES[quote]])
        wrong += check(session, typed, [b"holders", *guard, name], QUOTES[quote])
    assert wrong == []


@pytest.mark.parametrize("quote", QUOTES)
def test_a_name_that_is_begun(session, shm, quote):
    wrong = []
    for name in NAMES:
        typed = begun(session.shell, name, QUOTES[quote])
        if typed is None or not completable(session, name, QUOTES[quote]):
            continue
        half = name[: (len(name) + 1) // 2]
        fill(shm, [name, *(decoy for decoy in DECOYS if not decoy.startswith(half))])
        guard = [b"--"] if name.startswith(b"-") else []
        wrong += check(session, b" ".join([b"shm holders", *guard, typed]), [b"holders", *guard, name], QUOTES[quote])
    assert wrong == []


def test_the_end_of_a_name_that_is_there_up_to_it(session, shm):
    """What is typed may end at, or in, a character that shells split or quote at."""
    wrong = []
    cases = [
        (b"a:", b"a:b:c"), (b"a:b", b"a:b:c"), (b"a\\:b:", b"a:b:c"), (b"k=", b"k=v"), (b"k=v", b"k=v"), (b"a@", b"a@b"),
        (b"'a':", b"a:b:c"), (b"'a'\\ ", b"a b"), (b"a' '", b"a b"), (b'a" "', b"a b"), (b"a\\ ", b"a b"),
        (b"'a:b", b"a:b:c"), (b'"k=', b"k=v"), (b"\\$", b"$(touch canary)"),
    ]
    if session.shell == "bash":
        cases += [(b"$'a\\nb", b"a\nb;c"), (b"$'a\\012", b"a\nb;c"), (b"$'a\\n'b", b"a\nb;c"), (b"a\\", b"ab")]
    for typed, name in cases:
        fill(shm, [name, b"zz"])
        wrong += check(session, b"shm holders " + typed, [b"holders", name])
    assert wrong == []


def test_no_names_that_would_be_options(session, shm):
    fill(shm, [b"-rf", b"--yes"])
    wrong = check(session, b"shm rm ", [b"rm"]) + check(session, b"shm holders --y", [b"holders", b"--y"])
    assert wrong == []


def test_nothing_that_a_line_says_is_run(session, shm):
    """A tab does not evaluate the words before it either."""
    fill(shm, [b"frames"])
    lines = [b"shm --backing $(touch canary) holders ", b"shm --backing=`touch canary` get ", b'shm rm "$(touch canary)" ']
    if session.shell != "zsh":  # whose tab expands what is under the cursor, of every command
        lines.append(b"shm holders $(touch canary)")
    for typed in lines:
        session.complete_and_take_back(typed)
        assert not (session.directory / "canary").exists(), typed


@pytest.mark.parametrize("names", [NAMES, [name for name in NAMES if b"\x1b" in name or b"\x9b" in name]])
def test_a_listing_shows_no_escapes(session, shm, names):
    fill(shm, names)
    shown = session.complete_and_take_back(b"shm holders ", 1 if session.shell == "fish" else 3, b"mred")
    for raw in b"\x1b]0;title", b"\x1b[31mred", b"\xc2\x9b", b"\xff\xfe", b"\x9b31m":
        assert raw not in shown
    assert not (session.directory / "canary").exists()


@pytest.mark.parametrize("option", [b"--backing ", b"--backing="])
@pytest.mark.parametrize("name", [b"lists", b"d $(touch canary)", b"d'\"`touch canary`", b"~root", b"d:e=f", b"d\\e"])
def test_another_backing(session, shm, option, name):
    """It is completed itself, quoted as well, and the names are those in it."""
    fill(shm, [b"elsewhere"])
    backing = session.directory / "backings" / os.fsdecode(name)
    backing.mkdir(parents=True)
    (backing / "a b").touch()
    words = option.split() if option.endswith(b" ") else []
    path = b"backings/" + name
    expected = [*words, path] if words else [option + path]
    *options, got = session.complete_and_run(b"shm " + option + b"backings/")
    assert [*options, got.removesuffix(b"/")] == expected
    quoted = re.sub(rb"([^A-Za-z0-9/])", rb"\\\1", path)
    assert check(session, b"shm " + option + quoted + b" holders ", [*expected, b"holders", b"a b"]) == []


def test_lists_alone_where_a_list_is_wanted(session, shm, command):
    fill(shm, [b"tr;touch canary"])
    command("list", "tr&touch canary", "1")
    assert check(session, b"shm get tr", [b"get", b"tr&touch canary"]) == []
    assert check(session, b"shm set -t int tr", [b"set", b"-t", b"int", b"tr&touch canary"]) == []


def test_a_block_is_found_by_what_was_completed(session, shm, command):
    """The command itself, with the words of the lines above, means that block."""
    for name in NAMES:
        fill(shm, [name, *DECOYS])
        with open(shm / os.fsdecode(name), "rb"):
            held = json.loads(command("--json", "holders", "--", os.fsdecode(name)))
        (block,) = held["blocks"]
        assert block["use"] == "held", name
