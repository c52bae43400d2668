# SPDX-License-Identifier: Apache-2.0
"""Measures shmount beside tmpfs, passthrough_hp and CPython. Started by tools/bench."""

import argparse
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import commands  # noqa: E402
import operations  # noqa: E402
import plot  # noqa: E402
import results  # noqa: E402
import subjects  # noqa: E402

_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in a minute")
    parser.add_argument("--only", default="", help="only the parts named, separated by commas")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--plot", type=pathlib.Path, help="draw the table as this SVG")
    parser.add_argument("--from", type=pathlib.Path, dest="source", help="figures of an earlier run")
    parser.add_argument("--build", type=pathlib.Path, default="build-bench", help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def machine():
    """What the figures came from, in a line."""
    model = "processor unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.split(":")[1].split())
            break
    return (
        f"{model}, {os.cpu_count()} cores, Linux {platform.release()},"
        f" CPython {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    )


def parts(build, top, quick, skipped):
    """Each part by its name: a function that makes its rows."""
    repetitions = 3
    mount = commands.over_shm(build, top)

    def tmpfs(name):
        path = top / "backing" / name
        subjects.mount_tmpfs(path)
        return path

    return {
        "operations": lambda: operations.measure(
            build,
            top,
            subjects.side_by_side(build, top / "operations"),
            3 if quick else 7,
            0.01 if quick else 0.05,
            skipped,
        ),
        "listings": lambda: commands.listings(
            build, top / "listings", 10_000 if quick else 100_000, repetitions, skipped
        ),
        "lists": lambda: commands.long_list(
            build, mount, 100_000 if quick else 1_000_000, repetitions, skipped
        ),
        "sealing": lambda: commands.sealing(mount, 10_000 if quick else 100_000, repetitions),
        "million": lambda: commands.many_blocks(
            subjects.Shmount(build, tmpfs("million"), top / "million"),
            100_000 if quick else 1_000_000,
        ),
        "rest": lambda: commands.at_rest(mount, 2 if quick else 5),
    }


def measure(options):
    rows, skipped = [], {}
    with tempfile.TemporaryDirectory(prefix="shmount-bench-") as name:
        top = pathlib.Path(name)
        subjects.mount_tmpfs(top)
        try:
            chosen = options.only.split(",") if options.only else None
            for part, rows_of in parts(options.build, top, options.quick, skipped).items():
                if chosen and part not in chosen:
                    continue
                start = time.monotonic()
                rows += rows_of()
                print(f"{part}: {time.monotonic() - start:.0f} s", file=sys.stderr)
        finally:
            subprocess.run(["umount", "-l", top], check=False)
    return rows, skipped


def in_namespaces(options):
    """All of it again where there is an empty /dev/shm, and whence no daemon escapes."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = 'mount -t tmpfs -o mode=1777,size=8g,nr_inodes=0 tmpfs /dev/shm; "$@"; exit $?'
    command = [*_NAMESPACES, *user, "bash", "-c", script, "bash", sys.executable, *sys.argv]
    with subjects.uring_as_before():  # should the measuring process be killed
        return subprocess.run([*command, "--inside"], check=False).returncode


def report(options, about, rows, skipped):
    print(about, end="\n\n")
    print(results.table(rows))
    for name, reason in skipped.items():
        print(f"{name} was not measured: {reason}")
    if options.json:
        results.save(options.json, about, rows, skipped)
    if options.plot:
        options.plot.write_text(plot.svg(about, rows))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which runs what cleans up
    options = parse()
    options.build = options.build.absolute()
    if options.source:
        report(options, *results.load(options.source))
        return 0
    if not options.inside:
        return in_namespaces(options)
    report(options, machine(), *measure(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
