# SPDX-License-Identifier: Apache-2.0
"""Operations within one process, by Google Benchmark, interleaved over the subjects."""

import collections
import json
import os
import statistics
import subprocess
from multiprocessing import shared_memory

from request_log import requests_of, settle
from results import Row
from subjects import HP, SHMOUNT, TMPFS, Shmount, Unavailable

_ELEMENTS = range(1000, 1200)

# Google Benchmark's name: (group, name, how many times as fast, as what)
_ROWS = {
    "MappedLoad": ("Blocks", "mapped loads, 4 MiB", 0.97, TMPFS),
    "MappedStore": ("Blocks", "mapped stores, 4 MiB", 0.97, TMPFS),
    "PageFault": ("Blocks", "1,024 page faults", 0.97, TMPFS),
    "Map": ("Blocks", "mmap + munmap", None, TMPFS),
    "Read/64": ("Blocks", "pread 64 B", None, TMPFS),
    "Read/4096": ("Blocks", "pread 4 KiB", 0.90, TMPFS),
    "Read/1048576": ("Blocks", "pread 1 MiB", 0.95, TMPFS),
    "Write/64": ("Blocks", "pwrite 64 B", None, TMPFS),
    "Write/4096": ("Blocks", "pwrite 4 KiB", 0.85, TMPFS),
    "Write/1048576": ("Blocks", "pwrite 1 MiB", 0.95, TMPFS),
    "Stat": ("Blocks", "warm stat", 0.90, TMPFS),
    "Access": ("Blocks", "warm access", 0.90, TMPFS),
    "OpenClose/real_time": ("Blocks", "open + close", 2, HP),
    "CreateUnlink/real_time": ("Blocks", "create, size, map, close, unlink", 2, HP),
    "ReadElement/real_time": ("Elements", "open, read, close", None, HP),
    "WriteElement/real_time": ("Elements", "open, write, close", None, HP),
}
_ALONE = "ReadElements/1/iterations:3/manual_time"
_FOUR = "ReadElements/4/iterations:3/manual_time"


def _make_lists(subjects):
    """`list` in each: a ShareableList where it shows as one, else a directory with the same files."""
    sl = shared_memory.ShareableList(_ELEMENTS)
    for subject in subjects:
        path = subject.backing / "list"
        if isinstance(subject, Shmount):
            path.write_bytes(bytes(sl.shm.buf))
        else:
            path.mkdir()
            for index, value in enumerate(_ELEMENTS):
                (path / f"{index:03}.int").write_text(f"{value}\n")
    sl.shm.close()
    sl.shm.unlink()


def _time(program, subject, name, seconds):
    command = [program, subject.path, f"--benchmark_filter=^{name}$", "--benchmark_format=json"]
    if "iterations" not in name:
        command.append(f"--benchmark_min_time={seconds}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} in {subject.path}: {done.stderr}")
    return json.loads(done.stdout)["benchmarks"][0]["real_time"] * 1e-9


def _requests(build, top):
    """How many requests the kernel sends for one of each, from the log of a daemon of its own."""
    backing = top / "backing/requests"
    backing.mkdir(parents=True)
    subject = Shmount(build, backing, top / "requests", "-o", "debug", name="requests")
    _make_lists([subject])
    (backing / "block").write_bytes(b"howdy, dry ice")
    subject.start()

    def opened(name, flags, act=lambda fd: None):
        """Not by open(), which looks at the file as well."""
        fd = os.open(subject.path / name, flags)
        act(fd)
        os.close(fd)

    def open_close():
        opened("block", os.O_RDONLY)

    def read_element():
        opened("list/007.int", os.O_RDONLY, lambda fd: os.read(fd, 64))

    def write_element():
        opened("list/008.int", os.O_WRONLY | os.O_TRUNC, lambda fd: os.write(fd, b"1234\n"))

    try:
        for group, name, action, limit in (
            ("Blocks", "requests of open + close", open_close, 2),
            ("Elements", "requests of open, read, close", read_element, 3),
            ("Elements", "requests of open, write, close", write_element, 4),
        ):
            for _ in range(2):
                action()
                settle()
            seen = requests_of(
                action, lambda: subject.log.read_text(errors="replace"), subject.path
            )
            yield Row(group, name, {SHMOUNT: len(seen)}, limit, unit="", at_most=True)
    finally:
        subject.stop()


def measure(build, top, subjects, repetitions, seconds, skipped):
    """The rows. Subjects that cannot be mounted go to `skipped`, with why."""
    program = build / "tests/bench/bench_operations"
    _make_lists(subjects)
    started = []
    for subject in subjects:
        try:
            subject.start()
            started.append(subject)
        except Unavailable as error:
            skipped[subject.name] = str(error)
    times = collections.defaultdict(lambda: collections.defaultdict(list))
    try:
        for _ in range(repetitions):
            for name in [*_ROWS, _ALONE, _FOUR]:
                for subject in started:
                    times[name][subject.name].append(_time(program, subject, name, seconds))
    finally:
        for subject in started:
            subject.stop()
    medians = {
        name: {subject: statistics.median(each) for subject, each in by_subject.items()}
        for name, by_subject in times.items()
    }
    rows = [
        Row(group, title, medians[name], target, against)
        for name, (group, title, target, against) in _ROWS.items()
    ]
    one, four = medians[_ALONE], medians[_FOUR]
    rows.append(Row("Elements", "reads a second, one process", rate(one), unit="/s"))
    rows.append(
        Row("Elements", "reads a second, four processes", rate(four), one[SHMOUNT] ** -1, unit="/s")
    )
    rows += _requests(build, top)
    return sorted(rows, key=lambda row: row.group != "Blocks")


def rate(times):
    return {subject: 1 / each for subject, each in times.items()}
