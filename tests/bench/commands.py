# SPDX-License-Identifier: Apache-2.0
"""Whole programs at a mount, beside what CPython does with the same list in memory."""

import collections
import os
import pathlib
import statistics
import subprocess
import time
from multiprocessing import shared_memory

from results import CPYTHON, Row
from subjects import HP, SHMOUNT, Shmount, Unavailable, known_files, side_by_side

SHM = pathlib.Path("/dev/shm")
_C = os.environ | {"LC_ALL": "C"}


def timed(act):
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_C, **options)


def timed_run(*command, **options):
    return timed(lambda: run(*command, **options))


def words(count):
    """100000 as in a table."""
    return "a million" if count == 10**6 else f"{count:,}"


def _fill(directory, count, content):
    """Makes `count` blocks; a size instead of a content leaves them sparse."""
    parent = os.open(directory, os.O_DIRECTORY)
    for i in range(count):
        fd = os.open(f"psm_{i:07x}", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=parent)
        if isinstance(content, int):
            os.ftruncate(fd, content)
        else:
            os.write(fd, content)
        os.close(fd)
    os.close(parent)


def listings(build, top, count, repetitions, skipped):
    """`ls` of many blocks; with passthrough_hp of as many as it can hold, if those are fewer."""
    room = known_files()
    if room < count:
        few = room - room % 1000
        yield from _listings(side_by_side(build, top / "few"), few, repetitions, skipped)
        skipped[f"{HP} with {words(count)} blocks"] = (
            f"it holds each open, and a process can have {room + 1000:,} files open here"
        )
    subjects = side_by_side(build, top / "many")
    if room < count:
        subjects = [subject for subject in subjects if subject.name != HP]
    yield from _listings(subjects, count, repetitions, skipped)


def _listings(subjects, count, repetitions, skipped):
    for subject in subjects:
        _fill(subject.backing, count, b"howdy, dry ice\n")
    for flag, target in (("-f", 1), ("-l", 1.5)):
        first, again = collections.defaultdict(list), collections.defaultdict(list)
        for _ in range(repetitions):
            for subject in subjects:
                if subject.name in skipped:
                    continue
                try:
                    times = _list_twice(subject, flag)
                except Unavailable as error:
                    skipped[subject.name] = str(error)
                    continue
                first[subject.name].append(times[0])
                again[subject.name].append(times[1])
        yield Row("Many", f"ls {flag} of {words(count)} blocks", _medians(first), target, HP)
        yield Row("Many", "… again", _medians(again), None, HP)
    for subject in subjects:
        subprocess.run(["umount", subject.backing], check=True)


def _list_twice(subject, flag):
    """In a new mount, whose names the kernel has not seen, and once more."""
    subject.start()
    try:
        return [timed_run("ls", flag, subject.path) for _ in range(2)]
    finally:
        subject.stop()


def _medians(times):
    return {name: statistics.median(each) for name, each in times.items()}


class _Beside:
    """Runs ours and CPython's in turn, and makes the row of it."""

    def __init__(self, repetitions):
        self._repetitions = repetitions

    def row(self, name, ours, theirs, target):
        times = {SHMOUNT: [], CPYTHON: []}
        for _ in range(self._repetitions):
            times[SHMOUNT].append(ours())
            times[CPYTHON].append(theirs())
        medians = {subject: statistics.median(each) for subject, each in times.items()}
        return Row("Lists", name, medians, target, CPYTHON)


def _made(sequence):
    """The seconds that CPython takes to make a list, which is then removed."""
    start = time.perf_counter()
    sl = shared_memory.ShareableList(sequence)
    seconds = time.perf_counter() - start
    sl.shm.close()
    sl.shm.unlink()
    return seconds


def long_list(build, mount, count, repetitions, skipped):
    """What is done with all of a long list."""
    beside = _Beside(repetitions)
    shm = build / "tools/shm/shm"
    values = range(10**6, 10**6 + count)
    sl = shared_memory.ShareableList(values, name="long")
    mount.start()
    try:
        idle = mount.status("VmRSS")
        elements = f"{words(count)} ints"
        yield beside.row(
            f"cat .values of {elements}, list(sl)",
            lambda: timed_run("cat", mount.path / "long/.values"),
            lambda: timed(lambda: list(sl)),
            10,
        )
        if shm.exists():
            yield beside.row(
                f"shm index of the last of {words(count)}, sl.index",
                lambda: timed_run(shm, "index", "long", str(values[-1])),
                lambda: timed(lambda: sl.index(values[-1])),
                20,
            )
            text = "".join(f"{value}\n" for value in values).encode()

            def shm_list():
                seconds = timed_run(shm, "list", "made", "-", input=text)
                (SHM / "made").unlink()
                return seconds

            yield beside.row(
                f"shm list NAME - of {words(count)}, ShareableList(seq)",
                shm_list,
                lambda: _made(values),
                3,
            )
        else:
            skipped["shm"] = "this build has none"
        times = []
        for _ in range(repetitions):
            mount.forget()
            times.append(timed_run("ls", "-f", mount.path / "long"))
        names = {SHMOUNT: count / statistics.median(times)}
        yield Row("Lists", f"names a second, ls -f of {elements}", names, 500_000, unit="/s")
        mount.forget()
        time.sleep(0.5)
        grown = 100 * (mount.status("VmRSS") / idle - 1)
        yield Row(
            "Lists", "growth of the daemon since idle", {SHMOUNT: grown}, 10, unit="%", at_most=True
        )
    finally:
        mount.stop()
        sl.shm.close()
        sl.shm.unlink()


def _draft(mount, name, count):
    """A draft of ints, filled beneath: what is measured is not the filling."""
    (mount.path / name).mkdir()
    width = len(str(count - 1))
    parent = os.open(mount.backing / name, os.O_DIRECTORY)
    for i in range(count):
        fd = os.open(f"{i:0{width}}.int", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=parent)
        os.write(fd, b"%d\n" % i)
        os.close(fd)
    os.close(parent)


def sealing(mount, count, repetitions):
    """Sealing and copying, of `count` elements and of a tenth of them."""
    counts = (count // 10, count)
    seal = {each: [] for each in counts}
    copy = {each: [] for each in counts}
    mount.start()
    try:
        for i in range(repetitions):
            for each in counts:
                path = mount.path / f"draft{i}"
                _draft(mount, path.name, each)
                seal[each].append(timed(lambda path=path: path.chmod(0o555)))
                if i == 0:
                    target = mount.path / "copy"
                    copy[each].append(timed_run("cp", "-a", path, target))
                    (target / ".shm").unlink()
                (path / ".shm").unlink()
    finally:
        mount.stop()
    for name, times in ((f"sealing {words(count)} elements", seal), (f"cp -a of {words(count)} elements", copy)):
        few, many = (statistics.median(times[each]) for each in counts)
        yield Row("Lists", name, {SHMOUNT: many})
        yield Row(
            "Lists", f"{name} over {words(counts[0])}", {SHMOUNT: many / few}, 12, unit="×", at_most=True
        )


def many_blocks(mount, count):
    """A backing with very many blocks."""
    _fill(mount.backing, count, 4096)
    group, million = "Scale", words(count)
    times = []
    for _ in range(5):
        times.append(mount.start_in_background())
        mount.unmount()
    start = {SHMOUNT: statistics.median(times)}
    yield Row(group, f"start with {million} blocks", start, 0.030, at_most=True)
    mount.start()
    try:
        before = mount.status("VmRSS")
        run("find", mount.path, "-size", "+0")
        known = mount.status("VmRSS")
        each = (known - before) * 1024 / count
        yield Row(group, "memory for an inode known", {SHMOUNT: each}, 250, unit="B", at_most=True)
        mount.forget()
        time.sleep(1)
        kept = 100 * (mount.status("VmRSS") - before) / max(known - before, 1)
        yield Row(group, "of it kept when forgotten", {SHMOUNT: kept}, 10, unit="%", at_most=True)
    finally:
        mount.stop()
        subprocess.run(["umount", mount.backing], check=True)


def at_rest(mount, seconds):
    mount.start()
    try:
        mount.path.stat()
        time.sleep(1)
        before = mount.status("voluntary_ctxt_switches")
        time.sleep(seconds)
        wakes = mount.status("voluntary_ctxt_switches") - before
        resident = mount.status("VmRSS") / 1024
        yield Row("At rest", "resident", {SHMOUNT: resident}, 6, unit="MiB", at_most=True)
        yield Row("At rest", "proportional share", {SHMOUNT: mount.pss() / 1024}, unit="MiB")
        yield Row(
            "At rest", f"wake-ups in {seconds} s", {SHMOUNT: wakes}, 0, unit="", at_most=True
        )
    finally:
        mount.stop()


def over_shm(build, top):
    """A mount of /dev/shm itself, where CPython's lists are."""
    return Shmount(build, SHM, top / "shm")
