# SPDX-License-Identifier: Apache-2.0
"""The man pages say what the programs and the code say, and nothing else."""

import re
import shutil
import subprocess

import pytest

from installed import BUILD, TOP, run

PAGES = sorted((TOP / "tools/man").glob("*.rst"))
OPTION = re.compile(r"(?<![\w-])(?:--[a-z][a-z-]+|-[A-Za-z])\b")


def source(name):
    return (TOP / "tools/man" / f"{name}.rst").read_text()


def sections(text, underline):
    """{title: body} of the sections of a page whose titles are underlined so."""
    parts = re.split(rf"^(\S.*)\n{re.escape(underline)}{{3,}}$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def documented_options(text):
    """The options that begin an entry of an option list."""
    found = set()
    for line in text.splitlines():
        if line.startswith("-") and not line.startswith("---"):
            found |= set(OPTION.findall(re.split(r"\s{2,}", line)[0]))
    return found


def offered_options(text):
    """The options in what --help prints: the first column of its indented lines."""
    found = set()
    for line in text.splitlines():
        if re.match(r"\s+-", line):
            found |= set(OPTION.findall(re.split(r"\s{2,}", line.strip())[0]))
    return found


def definitions(text):
    """The terms of a definition list: lines at the margin that an indented one follows."""
    terms = re.findall(r"^(\S.*)\n +\S", text, flags=re.MULTILINE)
    return [term for line in terms for term in line.split(", ")]


def errnos_of(page):
    errors = sections(source(page), "=").get("ERRORS", source(page))
    return {term for term in definitions(errors) if re.fullmatch("E[A-Z0-9]+", term)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_are_well_formed(page, tmp_path):
    rst2man = shutil.which("rst2man") or shutil.which("rst2man.py")
    if not rst2man:
        pytest.skip("no rst2man")
    out = tmp_path / page.stem
    run(rst2man, "--strict", page, out)
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-l", out], capture_output=True, check=True)
        assert done.stderr == b"" and b"NAME" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_refer_to_pages_that_are_there(page):
    ours = {path.stem for path in PAGES}
    for name, section in re.findall(r"\*\*((?:lib)?shm(?:ount[a-z-]*)?)\*\*\\\((\d)\)", page.read_text()):
        assert f"{name}.{section}" in ours


def test_options_of_shmount():
    offered = offered_options(run(BUILD / "fs/shmount", "--help"))
    page = documented_options(sections(source("shmount.8"), "=")["OPTIONS"])
    assert page == offered and "--manager" in page


def test_what_the_mount_helper_takes(tmp_path):
    helper = tmp_path / "mount.shmount"
    helper.symlink_to(BUILD / "fs/shmount")
    text = sections(source("shmount.8"), "=")["SERVICE AND FSTAB"]
    extra = offered_options(run(helper, "--help")) - offered_options(run(BUILD / "fs/shmount", "--help"))
    assert extra == {"-s", "-n", "-v", "-t"}
    assert "**-sfnv**" in text and "**-t** *TYPE*" in text


@pytest.fixture(scope="module")
def shm():
    path = BUILD / "tools/shm/shm"
    assert path.exists(), f"there is no {path}"
    return path


def commands(shm):
    """The subcommands that `shm --help` names."""
    text = run(shm, "--help")
    listed = re.split(r"^Commands:$", text, flags=re.MULTILINE)[1]
    return set(re.findall(r"^ {2}([a-z]+) ", listed, flags=re.MULTILINE))


def test_commands_of_shm(shm):
    page = {title.split()[1] for title in sections(source("shm.1"), "-") if title.startswith("shm ")}
    assert page == commands(shm) and len(page) > 10


def test_options_of_each_command_of_shm(shm):
    text = sections(source("shm.1"), "=")
    general = documented_options(text["OPTIONS"])
    assert general == offered_options(run(shm, "--help"))
    for title, body in sections(text["COMMANDS"], "-").items():
        offered = offered_options(run(shm, title.split()[1], "--help"))
        assert documented_options(body) == offered - general, title
        for metavariable in re.findall("[A-Z]{3,}", title):
            assert metavariable in run(shm, title.split()[1], "--help"), title


def completed(shell):
    """The commands that the shell completes after `shm `. zsh completes on a terminal only, so its list is read."""
    directory = TOP / "tools/completions"
    if shell == "zsh":
        listed = re.search(r"^ *commands=\(\n(.*?)^ *\)", (directory / "_shm").read_text(), flags=re.MULTILINE | re.DOTALL)[1]
        return set(re.findall(r"^ *'([a-z]+):", listed, flags=re.MULTILINE))
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    if shell == "bash":
        words = "COMP_WORDS=(shm ''); COMP_CWORD=1; _shm; printf '%s\\n' \"${COMPREPLY[@]}\""
        shown = run("bash", "--norc", "-c", f"source {directory}/shm.bash; {words}")
    else:
        shown = run("fish", "--no-config", "-c", f"source {directory}/shm.fish; complete -C 'shm '")
    return set(re.findall(r"^([a-z]+)\b", shown, flags=re.MULTILINE))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_command_of_shm_is_completed(shm, shell):
    assert completed(shell) == commands(shm)


def daemon_sources():
    """The sources that the daemon is made of: those of fs/, and of each header that they include, and so on."""
    found = set()
    new = set((TOP / "fs").rglob("*.cc"))
    # A part of another module has no header of its own.
    for room in "nodes", "volume":
        new |= {path for path in (TOP / "core" / room).glob("*.cc") if not path.with_suffix(".h").exists()}
    while new:
        path = new.pop()
        found.add(path)
        included = re.findall(r'^#include "([^"]+)"', path.read_text(), flags=re.MULTILINE)
        headers = {TOP / each for each in included if (TOP / each).exists()}
        new |= {path for header in headers for path in (header, header.with_suffix(".cc")) if path.exists()} - found
    return found


# What no user meets: it ends a wait; tells the kernel not to ask again; is of a guard that ended at the start, which
# the log tells; is of a write to a block's head, which is only read.
INTERNAL = {"ECANCELED", "ENOSYS", "ECHILD", "EBADF"}
# What the kernel or the tmpfs says, not our code.
THEIRS = {"EAGAIN", "ECONNABORTED", "ENFILE", "ENODEV", "ENOSPC", "ENOTCONN"}


def test_errnos():
    code = set()
    for path in daemon_sources():
        text = re.sub(r"//.*", "", path.read_text())
        for call in re.findall(r"\b(?:Fail|reply_err|fuse_reply_err|Take)\(([^;]*);", text):
            code |= set(re.findall(r"(?<!= )\bE[A-Z0-9]{2,}\b", call))
        code |= set(re.findall(r"\bFileOf\([^;]*\b(E[A-Z]+)\)", text))
    page = errnos_of("shmount.8")
    assert code - INTERNAL - page == set(), "not in the page"
    assert page - code - THEIRS == {"EWOULDBLOCK"} - code, "not in the code"
    assert errnos_of("shmount-list.5") <= page | {"EIO"}


def test_xattrs():
    in_code = set(re.findall(r'"(user\.shmount\.\w+)"', (TOP / "core/backing/xattr_names.h").read_text()))
    described = sections(source("shmount.8"), "=")["EXTENDED ATTRIBUTES"]
    assert set(definitions(described)) == in_code and len(in_code) > 3
    for page in PAGES:
        assert set(re.findall(r"user\.shmount\.\w+", page.read_text())) <= in_code


def test_exit_codes():
    for page, header, prefix in [
        ("shmount.8", "fs/options.h", "kExit"), ("shm.1", "tools/shm/command.h", "kExit")
    ]:  # fmt: skip
        codes = set(re.findall(rf"{prefix}\w+ = (\d+);", (TOP / header).read_text()))
        described = definitions(sections(source(page), "=")["EXIT STATUS"])
        assert {term for term in described if len(term) == 1} == codes
    run_codes = re.findall(r"^(12\d)$", source("shm.1"), flags=re.MULTILINE)
    assert run_codes == ["125", "126", "127"]
    assert "kOwnFailure = 125" in (TOP / "tools/shm/run.cc").read_text()


def test_limits():
    layout = (TOP / "core/list/layout.h").read_text()
    largest = int(re.search(r"kMaxSlot = ([\d']+)", layout)[1].replace("'", "")) - 1
    for page in "shmount.8", "libshmount.3":
        assert f"{largest:,}" in source(page)
    longest = re.search(r"kMaxManagerId = (\d+)", (TOP / "core/store/manager_lock.h").read_text())[1]
    assert f"1 to {longest} bytes" in source("shmount.8")


def test_types():
    names = re.search(r"kTypeNames = \{([^}]*)", (TOP / "core/value/value.h").read_text())[1]
    text = sections(source("shmount-list.5"), "=")["TEXT"]
    assert set(definitions(text)) == set(re.findall(r'"(\w+)"', names))


def test_the_picture_in_the_readme_is_what_happens():
    assert "](tools/pictures/session.svg)" in (TOP / "README.md").read_text()
    run(TOP / "tools/record", "--build", BUILD, "--check")
