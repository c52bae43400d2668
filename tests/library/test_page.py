# SPDX-License-Identifier: Apache-2.0
"""libshmount(3) says what the library does."""

import re

from installed import TOP

PAGE = (TOP / "tools/man/libshmount.3.rst").read_text()


def section(title):
    return re.search(rf"^{title}\n=+\n(.*?)(?=^[^\n]+\n=+\n|\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)[1]


def test_the_example(library, tmp_path):
    code = re.search(r"::\n\n(.*?)\n\n\S", section("EXAMPLE"), flags=re.DOTALL)[1]
    example = tmp_path / "example.cc"
    example.write_text(re.sub("^  ", "", code, flags=re.MULTILINE) + "\n")
    assert library.run(library.compile(example)) == "-78.5\n"


def test_it_describes_each_call(library):
    header = (library.prefix / "include/shmount/shmount.h").read_text()
    code = re.sub(r"//.*", "", header)
    api = set(re.findall(r"^[^#]*?\b([A-Za-z_]+)\([^)]*\) ?(?:const)? ?(?:noexcept)?;", code, flags=re.MULTILINE))
    api -= {"SharedMemory", "ShareableList"}  # that constructors are private is the header's matter
    assert {"Create", "Attach", "bytes", "read_only", "Set", "Version"} <= api
    for name in api:
        assert re.search(rf"\b{name}(?:\*\*|\()", PAGE), name


def test_it_has_the_errnos_of_the_header(library):
    header = (library.prefix / "include/shmount/shmount.h").read_text()
    named = set(re.findall(r"\b(E[A-Z]{2,})\b", header))
    listed = set(re.findall(r"^(E[A-Z]+(?:, E[A-Z]+)*)$", section("ERRORS"), flags=re.MULTILINE))
    assert {each for line in listed for each in line.split(", ")} == named
