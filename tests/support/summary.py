"""Adds up what the test runners left in a directory; the last line printed is the sum.

usage: summary.py RESULTS [PATTERN...]

For each runner NAME there is NAME.status, its exit status, and its cases: NAME.jsonl, which reporter.py
and watched.py write as they happen, or NAME.xml, JUnit's of gtest, or, where gtest did not come as
far as that, NAME.log. A runner that did not come back, wrote no results or failed for a reason that is
none of its cases counts as a failed case, and so does a case that did not end or was not run, and a
sanitizer's report (NAME.sanitizer.PID). The exit status is 1 if something failed, if nothing ran, or,
with CI=true, if something was skipped.
"""

import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

NO_TESTS_COLLECTED = "5"  # pytest's status when no name matched the patterns


def first_lines(text):
    """gtest's first line has only the file and line number."""
    return " ".join(line.strip() for line in (text or "no reason given").split("\n")[:4])


def read_junit(path):
    """Yields (name, outcome, reason) of each case of gtest."""
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        failures = case.findall("failure")
        skipped = case.find("skipped")
        if failures:
            yield name, "failed", first_lines(failures[0].get("message"))
        elif skipped is not None:
            yield name, "skipped", first_lines(skipped.get("message"))
        elif case.get("status") == "notrun":
            yield name, "skipped", "disabled"
        else:
            yield name, "passed", ""


def read_gtest_log(path):
    """The same of a gtest that ended during a case, from what it printed."""
    words = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}
    cases = {}
    for word, name in re.findall(r"^\[ *(RUN|OK|FAILED|SKIPPED) *\] (\S+\.\S+?),?(?: |$)",
                                 path.read_text(errors="replace"), re.MULTILINE):  # fmt: skip
        cases.setdefault(name, ("failed", "the runner ended during it"))
        if word in words:
            cases[name] = words[word], "see the log"
    if not cases:
        raise OSError("no results")
    yield from ((name, *case) for name, case in cases.items())


def read_report(path):
    """The same of pytest, as reporter.py and watched.py wrote it."""
    phases, began, ended = {}, set(), set()
    for line in map(json.loads, path.read_text().splitlines()):
        for name in line.get("collected", []):
            phases.setdefault(name, [])
        if name := line.get("start"):
            phases.setdefault(name, [])
            began.add(name)
        elif name := line.get("test"):
            phases[name].append((line["outcome"], first_lines(line["reason"])))
        elif name := line.get("hung") or line.get("lost"):
            phases[name].insert(0, ("failed", line["reason"]))
        ended |= {line.get("end"), line.get("lost")}
    for name, found in phases.items():
        if name not in ended:
            found.insert(0, ("failed", "not at its end" if name in began else "not run"))
        found.sort(key=lambda phase: ["failed", "skipped", "passed"].index(phase[0]))
        yield name, *found[0]


def read_runner(status_file, filtered):
    """Yields the cases of one runner, and a failed one for any other error of it."""
    status = status_file.read_text().strip()
    readers = {".jsonl": read_report, ".xml": read_junit, ".log": read_gtest_log}
    path, read = next(
        ((path, read) for suffix, read in readers.items() if (path := status_file.with_suffix(suffix)).exists()),
        (status_file.with_suffix(".xml"), read_junit),
    )
    failed = False
    try:
        for case in read(path):
            failed = failed or case[1] == "failed"
            yield case
    except (OSError, ValueError, ElementTree.ParseError) as error:
        yield "the runner", "failed", f"no results, status {status}: {error}"
        return
    nothing_matched = filtered and status == NO_TESTS_COLLECTED
    if not (status == "0" or (status == "1" and failed) or nothing_matched):
        yield "the runner", "failed", f"status {status}"


def main():
    results, *patterns = sys.argv[1:]
    results = pathlib.Path(results)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for status_file in sorted(results.glob("*.status")):
        for name, outcome, why in read_runner(status_file, bool(patterns)):
            count[outcome] += 1
            if outcome != "passed":
                print(f"{outcome}: {status_file.stem}: {name}: {why}")
    for report in sorted(results.glob("*.sanitizer.*")):
        count["failed"] += 1
        print(f"failed: {report.name}:\n{report.read_text(errors='replace')}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    strict = os.environ.get("CI") == "true"
    bad = count["failed"] or not count["passed"] or (strict and count["skipped"])
    return 1 if bad else 0


sys.exit(main())
