# SPDX-License-Identifier: Apache-2.0
"""Each header of the tree compiles by itself: it includes what it uses.

What a source of the build includes before all else has compiled by itself already."""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess

from installed import BUILD, TOP

# What takes no preprocessing of the target's is the same for each: warnings, optimisation, hardening.
KEPT = ("-I", "-D", "-isystem", "--std=", "-std=")


def flags():
    """{folder: the flags of what is compiled in it or nearest to it, without what they say of output}."""
    found = {}
    for command in json.loads((BUILD / "compile_commands.json").read_text()):
        source = os.path.relpath(os.path.join(command["directory"], command["file"]), TOP)
        words = shlex.split(command["command"])
        kept = [word for word in words if word.startswith(KEPT)]
        folder = os.path.dirname(source)
        if len(kept) > len(found.get(folder, [])):
            found[folder] = kept
    return found


def compile_alone(header, flags_of):
    """What the compiler objects to in a header that nothing precedes."""
    folder = header
    while folder not in flags_of and folder:
        folder = os.path.dirname(folder)
    known = flags_of.get(folder) or max((value for key, value in flags_of.items() if key.startswith(folder)), key=len)
    done = subprocess.run(
        ["c++", *known, "-fsyntax-only", "-w", "-x", "c++", TOP / header],
        cwd=BUILD, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr if done.returncode != 0 else ""


def of_the_tree(suffix):
    for top in "core", "fs", "tools", "tests":
        yield from sorted((TOP / top).rglob(f"*{suffix}"))


def proven():
    """The headers that sources include first."""
    first = (re.search(r'^#include\s+(\S+)', path.read_text(), flags=re.MULTILINE) for path in of_the_tree(".cc"))
    return {match[1].strip('"') for match in first if match}


def test_each_header_compiles_alone():
    headers = {str(path.relative_to(TOP)) for path in of_the_tree(".h")}
    names, flags_of = sorted(headers - proven()), flags()
    assert len(headers) > len(names) > 10
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        objections = list(pool.map(lambda name: compile_alone(name, flags_of), names))
    assert not [text for text in objections if text], "\n".join(text for text in objections if text)
