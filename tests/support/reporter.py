# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: appends what happens, as it happens, to the file $SHMOUNT_REPORT, one JSON object
a line, so that a pytest that is killed loses nothing. Tests that the file already speaks of are left
out: a pytest started again goes on where the last one ended.

{"collected": [TEST, …]}; {"start": TEST, "time": SECONDS}; {"test": TEST, "outcome": "passed" | "failed"
| "skipped", "reason": TEXT} for each phase of it; {"end": TEST}."""

import json
import os
import pathlib
import signal
import time

_REPORT = pathlib.Path(os.environ["SHMOUNT_REPORT"])

# A background job of a shell ignores SIGINT, and so would everything that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _append(**line):
    with _REPORT.open("a") as file:
        file.write(json.dumps(line) + "\n")


def _reason(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr or "")


def pytest_collection_modifyitems(items):
    started = set()
    if _REPORT.exists():
        started = {json.loads(line).get("start") for line in _REPORT.read_text().splitlines()}
    items[:] = [item for item in items if item.nodeid not in started]


def pytest_collection_finish(session):
    _append(collected=[item.nodeid for item in session.items])


def pytest_collectreport(report):
    if report.outcome != "passed":
        _append(start=report.nodeid, time=time.monotonic())
        _append(test=report.nodeid, outcome=report.outcome, reason=_reason(report))
        _append(end=report.nodeid)


def pytest_runtest_logstart(nodeid):
    _append(start=nodeid, time=time.monotonic())


def pytest_runtest_logreport(report):
    _append(test=report.nodeid, outcome=report.outcome, reason=_reason(report))


def pytest_runtest_logfinish(nodeid):
    _append(end=nodeid)
