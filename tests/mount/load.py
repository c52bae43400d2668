# SPDX-License-Identifier: Apache-2.0
"""Eight processes use all operations at once, through the mount and in the backing: nothing is lost, and the daemon
does not grow. tools/load runs it as a program, test_load.py for a few seconds.

They work in rounds. After each round, all descriptors are closed, the files are compared with what each process
expects, and are removed. Memory that the daemon still has then would never be freed."""

import argparse
import collections
import ctypes
import hashlib
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

import harness
from harness import SHMOUNT, Mount, eventually
from list_support import files
from load_own import KINDS as OWN_KINDS
from load_own import Owner
from load_shared import LISTS, LOCKED, PERMITTED, PREFIX, Sharer, check_whole, whole

PROCESSES = 8
PATIENCE = 300
MS_REMOUNT = 32
DEAR = {"list_by_cp", "list_by_shm"}  # operations that start a program are done a tenth as often
SHM_COMMAND = SHMOUNT.parents[1] / "tools/shm/shm"


def work(number, seed, mnt, seconds):
    """One round of one process. Returns how often it did each operation, and the files that it expects."""
    rng = random.Random(seed)
    prefix = f"w{number}-"
    owner = Owner(prefix, rng.random(), mnt.path, mnt.backing, SHM_COMMAND)
    sharer = Sharer(prefix, rng.random(), mnt.path, mnt.backing)
    turns = [label for label in sorted(kinds()) for _ in range(1 if label in DEAR else 10)]
    counts = collections.Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        label = rng.choice(turns)
        try:
            shared = label.startswith("shared ")
            code = sharer.do(label.removeprefix("shared ")) if shared else owner.do(label)
        except BaseException:
            print(f"process {number}, seed {seed!r}, {label}:", file=sys.stderr)
            raise
        counts[f"{label} {code}" if code else label] += 1
    return {"counts": counts, **owner.end()}


def kinds():
    """The operations that run() counts, without the failures. A sanitized build has no command."""
    own = set(OWN_KINDS) - (set() if SHM_COMMAND.exists() else {"list_by_shm"})
    return own | {"shared " + kind for kind in PERMITTED}


def start(number, seed, mnt, seconds):
    """The process and where its report can be read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading)
    try:
        os.close(reading)
        with os.fdopen(writing, "w") as report:
            json.dump(work(number, seed, mnt, seconds), report)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def play_round(mnt, seed, seconds):
    """Runs all processes for some seconds and returns their reports."""
    (mnt / LOCKED).write_bytes(whole(bytes(5000)))
    processes = [start(number, f"{seed}.{number}", mnt, seconds) for number in range(PROCESSES)]
    reports, failed = [], []
    for pid, report in processes:
        with report:
            told = report.read()
        if harness.exit_status(pid, seconds + PATIENCE) == 0:
            reports.append(json.loads(told))
        else:
            failed.append(pid)
    assert not failed, f"{len(failed)} of {PROCESSES} processes failed"
    return reports


def check_left(mnt, reports):
    """Checks that everything that the processes expect is there, on both sides, and nothing else."""
    blocks = {name: digest for report in reports for name, digest in report["blocks"].items()}
    lists = {name: texts for report in reports for name, texts in report["lists"].items()}
    for where in mnt.path, mnt.backing:
        there = {entry for entry in harness.listed(where) if not entry.startswith(PREFIX)}
        assert there == {*blocks, *lists}, (where, there ^ {*blocks, *lists})
        for name, digest in blocks.items():
            assert hashlib.sha256((where / name).read_bytes()).hexdigest() == digest, (where, name)
    for name, texts in lists.items():
        found = files(mnt / name)
        assert [data.hex() for data in found.values()] == texts, name
    for entry in os.listdir(mnt):
        if entry.startswith(PREFIX) and entry not in LISTS:
            check_whole((mnt / entry).read_bytes())
    return len(blocks), len(lists)


def clear(mnt):
    """Removes everything, half at the mount and half in the backing, until both are empty."""
    for number, entry in enumerate(sorted(harness.listed(mnt.backing))):
        path = (mnt.path if number % 2 else mnt.backing) / entry
        if path.is_dir():
            shutil.rmtree(mnt / entry)
        else:
            path.unlink()
    eventually(lambda: not os.listdir(mnt) and not harness.listed(mnt.backing), PATIENCE)


def forget(mnt):
    """Makes the kernel forget the names of this mount. It caches some removed names, and the daemon keeps their
    nodes meanwhile."""
    if harness.LIBC.mount(b"none", os.fsencode(mnt.path), None, MS_REMOUNT, None) != 0:
        raise OSError(ctypes.get_errno(), "remount")


def daemon(mnt):
    """The daemon's memory in KiB, its threads and its descriptors."""
    status = dict(
        line.split(":", 1) for line in pathlib.Path(f"/proc/{mnt.pid}/status").read_text().splitlines()
    )
    taken = {name: int(status[name].split()[0]) for name in ("VmRSS", "VmData", "Threads")}
    return taken, mnt.descriptors()


def summary(counts):
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))


def run(mnt, seconds, seed, rounds, tell=print):
    """Plays rounds, of which the first warms the daemon up. Returns the counts and what the daemon had
    after the first and after each other round."""
    counts = collections.Counter()
    descriptors = daemon(mnt)[1]
    measured = []
    for number in range(rounds):
        reports = play_round(mnt, f"{seed}.{number}", seconds / rounds)
        for report in reports:
            counts.update(report["counts"])
        blocks, lists = check_left(mnt, reports)
        clear(mnt)
        forget(mnt)
        eventually(lambda: daemon(mnt)[1] == descriptors, PATIENCE)
        measured.append(daemon(mnt)[0])
        tell(f"round {number + 1} of {rounds}: {counts.total()} operations; {blocks} blocks and {lists} lists "
             f"as expected; {measured[-1]}, {len(descriptors)} descriptors")  # fmt: skip
    return counts, measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("seconds", type=int, nargs="?", default=1800)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rounds", type=int, help="one for each minute by default, and at least two")
    parser.add_argument("-o", dest="options", action="append", default=[], help="an option of the mount")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.seconds} s, {SHMOUNT}")
    with tempfile.TemporaryDirectory() as directory:
        (path := pathlib.Path(directory) / "mnt").mkdir()
        harness.adopt_orphans()
        options = [word for option in arguments.options for word in ("-o", option)]
        mnt = Mount(path, options)
        try:
            rounds = arguments.rounds or max(2, arguments.seconds // 60)
            counts, measured = run(mnt, arguments.seconds, arguments.seed, rounds, lambda line: print(line, flush=True))
        finally:
            mnt.finish()
    print(summary(counts))
    print(f"{counts.total()} operations; the daemon after the first round {measured[0]}, after the last {measured[-1]}")


if __name__ == "__main__":
    main()
