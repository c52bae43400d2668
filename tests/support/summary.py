"""Adds up what the test runners left in a directory; the last line printed is the sum.

usage: summary.py RESULTS [PATTERN...]

For each runner NAME there is NAME.status, its exit status, and NAME.xml, its cases as JUnit XML.
A runner that did not come back, wrote no results or failed for a reason that is none of its cases
counts as a failed case, and so does a sanitizer's report (NAME.sanitizer.PID). The exit status is
1 if something failed, if nothing ran, or, with CI=true, if something was skipped.
"""

import os
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

NO_TESTS_COLLECTED = "5"  # pytest's status when no name matched the patterns


def reason(element):
    lines = (element.get("message") or element.text or "no reason given").split("\n")
    return " ".join(line.strip() for line in lines[:4])  # gtest's first line is but the place


def read_cases(xml):
    """Yields (name, outcome, reason) of each case of a JUnit file by gtest or pytest."""
    for case in ElementTree.parse(xml).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        failures = [*case.findall("failure"), *case.findall("error")]
        skipped = case.find("skipped")
        if failures:
            yield name, "failed", reason(failures[0])
        elif skipped is not None:
            yield name, "skipped", reason(skipped)
        elif case.get("status") == "notrun":
            yield name, "skipped", "disabled"
        else:
            yield name, "passed", ""


def read_runner(status_file, filtered):
    """Yields the cases of one runner, and a failed one for whatever else went wrong with it."""
    status = status_file.read_text().strip()
    failed = False
    try:
        for case in read_cases(status_file.with_suffix(".xml")):
            failed = failed or case[1] == "failed"
            yield case
    except (OSError, ElementTree.ParseError) as error:
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
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    strict = os.environ.get("CI") == "true"
    bad = count["failed"] or not count["passed"] or (strict and count["skipped"])
    return 1 if bad else 0


sys.exit(main())
