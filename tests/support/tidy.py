# SPDX-License-Identifier: Apache-2.0
"""usage: tidy.py BUILD CLANG_TIDY FILE…

Runs clang-tidy on each of the files that is compiled, once, though several targets may compile it; headers are
checked with what includes them. A C++ file that no target compiles, and that is not named below, is an error."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

# Compiled by tests/library against the installed library.
ELSEWHERE = {f"tests/library/{name}.cc" for name in ("access", "clash", "trip")}
TOP = pathlib.Path(__file__).resolve().parents[2]


def commands(build):
    """{file, relative to the tree: the command that compiles it}."""
    found = {}
    for command in json.loads((build / "compile_commands.json").read_text()):
        path = os.path.relpath(os.path.join(command["directory"], command["file"]), TOP)
        found.setdefault(path, command)
    return found


def main():
    build, tidy, *files = sys.argv[1:]
    build = pathlib.Path(build)
    known = commands(build)
    sources = [file for file in files if not file.endswith((".h", ".hpp")) and file not in ELSEWHERE]
    status = 0
    for file in sources:
        if file not in known:
            print(f"{file}: compiled by no target")
            status = 1
    once = build / "once"
    once.mkdir(exist_ok=True)
    wanted = [file for file in sources if file in known]
    (once / "compile_commands.json").write_text(json.dumps([known[file] for file in wanted]))

    def check(file):
        return subprocess.run(
            [tidy, "-quiet", "-p", once, TOP / file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False
        )

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for file, done in zip(wanted, pool.map(check, wanted)):
            if done.returncode != 0:
                print(done.stdout or f"{file}:\n{done.stderr}", flush=True)
                status = 1
    return status


sys.exit(main())
