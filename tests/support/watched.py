#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: watched.py REPORT COMMAND…

Runs COMMAND, a pytest with the plugin reporter.py, which may be within namespaces of its own, and watches its
REPORT. A test that takes longer than SHMOUNT_TEST_LIMIT seconds (600) has failed: the FUSE connections in its mount
namespace are aborted, so that processes that wait for a daemon continue. If that does not help, the command is
killed with everything that it started, and abandoned if even that does not end it. The command is then started
again for the remaining tests, as it is if it dies by itself. The exit status is the last command's."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

LIMIT = float(os.environ.get("SHMOUNT_TEST_LIMIT", "600"))
GRACE = float(os.environ.get("SHMOUNT_TEST_GRACE", "30"))  # after each thing done against a hang
STARTS = 10  # more tests than that do not end pytest by accident
NOTHING_LEFT = 5  # pytest's status when it has no test to run
CONTROL = "/sys/fs/fuse/connections"


class Report:
    """What the plugin wrote, and lines of our own for a test that did not end by itself."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._read = 0
        self._running = None

    def running(self):
        """(test, when it began) of the test that began and did not end yet, or None."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._read)
                whole = file.read().rpartition(b"\n")[0]
            self._read += len(whole) + bool(whole)
            for line in map(json.loads, whole.splitlines()):
                if "start" in line:
                    self._running = line["start"], line["time"]
                elif "end" in line or "lost" in line:
                    self._running = None
        return self._running

    def add(self, **line):
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def say(text):
    print(f"watched.py: {text}", flush=True)


def descendants(pid):
    """The processes below one, the nearest first."""
    found = [pid]
    for one in found:
        for children in pathlib.Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                pass  # it has ended
    return found[1:]


def connections(processes):
    """The numbers of the FUSE connections mounted in the mount namespaces of the processes, except for our own."""
    ours, found = _mounted("self"), set()
    for pid in processes:
        found |= _mounted(pid)
    return found - ours


def _mounted(pid):
    try:
        lines = pathlib.Path(f"/proc/{pid}/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return set()
    return {line.split()[2].split(":")[1] for line in lines if " - fuse" in line and " - fusectl" not in line}


def abort(numbers):
    """Aborts FUSE connections, in a mount namespace that has their control files."""
    script = f'mountpoint -q {CONTROL} || mount -t fusectl fusectl {CONTROL}; cd {CONTROL}\n'
    script += 'for number; do [ ! -e "$number" ] || echo 1 >"$number/abort"; done'
    subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *sorted(numbers)], check=False)


def kill(process):
    """Kills the command and everything below it, and returns whether it has ended."""
    for pid in reversed([process.pid, *descendants(process.pid)]):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        say(f"process {process.pid} cannot be killed, and is left behind")


def watch(process, report):
    """Waits for the command to end, and handles tests that hang. Returns its status, or None if it was killed."""
    hung = aborted = None  # the test, and when its connections were aborted
    while process.poll() is None:
        time.sleep(0.2)
        running = report.running()
        if running is None or time.monotonic() - running[1] <= LIMIT:
            continue
        if running != hung:
            hung, aborted = running, time.monotonic()
            numbers = connections(descendants(process.pid))
            say(f"{hung[0]} has not ended for {LIMIT:g} s: aborting FUSE connections {sorted(numbers)}")
            report.add(hung=hung[0], reason=f"not at its end after {LIMIT:g} s")
            abort(numbers)
        elif time.monotonic() - aborted > GRACE:
            say(f"{hung[0]} still has not ended: killing {process.args[0]}")
            kill(process)
            report.add(lost=hung[0], reason=f"not at its end after {LIMIT:g} s; killed")
            return None
    return process.returncode


def main():
    report, command = Report(sys.argv[1]), sys.argv[2:]
    for starts in range(1, STARTS + 1):
        environment = {**os.environ, "SHMOUNT_REPORT": str(report.path)}
        status = watch(subprocess.Popen(command, env=environment), report)
        running = report.running()
        if running is not None:
            say(f"{running[0]}: {command[0]} ended with {status} during it")
            report.add(lost=running[0], reason=f"ended the run with status {status}")
        elif status is not None:
            break
    if starts > 1 and status == NOTHING_LEFT:
        status = 1
    # Not sys.exit(): it would wait for a process that cannot be killed.
    sys.stdout.flush()
    os._exit(1 if status is None or status < 0 else status)


if __name__ == "__main__":
    main()
