# SPDX-License-Identifier: Apache-2.0
"""What the shared library and its headers promise to programs that are compiled already."""

import re
import shutil
import struct

import pytest

from installed import TOP, run
from installed_library import WARNINGS

RECORD = TOP / "tests/library/exported_symbols.txt"
# Newer distributions have clang under another number.
CLANG = shutil.which("clang++-19") or shutil.which("clang++")


def exported(path):
    """The mangled names, with their versions, that the library exports."""
    lines = run("nm", "-D", "--defined-only", "--with-symbol-versions", path).splitlines()
    symbols = [line.split() for line in lines]
    return {name for _, kind, name in symbols if kind != "A"}  # A: the name of a version


def demangled(names):
    return run("c++filt", input="\n".join(sorted(names))) or "none\n"


@pytest.mark.skipif(struct.calcsize("P") != 8, reason="the record has the names of 64-bit systems")
def test_exported_symbols(library):
    """A symbol that is gone or changed breaks programs: that takes a new soversion. A new one goes
    into libshmount.map, in the version of the coming release, and into the record."""
    recorded, found = set(RECORD.read_text().split()), exported(library.library)
    gone, new = recorded - found, found - recorded
    assert not gone and not new, f"gone:\n{demangled(gone)}\nnew:\n{demangled(new)}"


def test_each_symbol_has_a_version_and_says_libshmount(library):
    found = exported(library.library)
    assert len(found) > 20
    for name in found:
        assert re.fullmatch(r"_ZNK?10libshmount\w+@@SHMOUNT_\d+\.\d+", name), name


def test_the_header_declares_what_is_exported(library):
    """Each public function of the header is exported under its own name."""
    text = re.sub(r"(?m)//.*|^#.*", "", (library.prefix / "include/shmount/shmount.h").read_text())
    text = re.sub(r" private:.*?^};", "", text, flags=re.DOTALL | re.MULTILINE)
    declared = set(re.findall(r"(~?\w+|operator=)\([^;]*\)[\w ]*;", text)) - {"operator=="}
    calls = demangled(exported(library.library))
    names = set(re.findall(r"::(~?\w+|operator=)(?:\[abi:cxx11\])?\(", calls))
    assert declared and declared <= names, declared - names


def test_soname(library):
    (name,) = re.findall(r"SONAME.*\[(.*)\]", run("readelf", "-d", library.library))
    assert name == "libshmount.so.0"
    assert (library.libdir / name).exists()


@pytest.mark.parametrize("standard", ["c++20", "c++23"])
@pytest.mark.parametrize("compiler", ["g++", CLANG], ids=["g++", "clang++"])
def test_headers_alone(library, compiler, standard, tmp_path):
    for header in "shmount.h", "version.h":
        unit = tmp_path / f"{header}.cc"
        unit.write_text(f"#include <shmount/{header}>\n#include <shmount/{header}>\n")
        flags = library.pkg_config("--cflags")
        run(compiler, f"-std={standard}", *WARNINGS, "-fsyntax-only", *flags, unit)


def test_the_header_of_the_version_is_c(library, tmp_path):
    unit = tmp_path / "version.c"
    unit.write_text(
        "#include <shmount/version.h>\n"
        "#if SHMOUNT_VERSION_MAJOR > 0 || SHMOUNT_VERSION_MINOR >= 1\n"
        'const char *version = SHMOUNT_VERSION "";\n#endif\n'
    )
    run("gcc", "-std=c99", *WARNINGS, "-c", *library.pkg_config("--cflags"), unit, "-o", tmp_path / "version.o")
    symbols = run("nm", tmp_path / "version.o")
    assert " version" in symbols


def test_versions_agree(library):
    text = (library.prefix / "include/shmount/version.h").read_text()
    parts = re.findall(r"SHMOUNT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", text, flags=re.MULTILINE)
    assert library.pkg_config("--modversion") == [".".join(parts)]
    assert f'"{".".join(parts)}"' in text and len(parts) == 3
