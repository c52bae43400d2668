# SPDX-License-Identifier: Apache-2.0
"""A few seconds of load.py: what it checks itself, and that the daemon has after the last round what it
had after the first. tools/load does it for half an hour."""

import time

import pytest

import load
from conftest import why_no_passthrough
from harness import SANITIZED, SHMOUNT

SECONDS = 8
ROUNDS = 3
THREADS = 3  # which serves, which hears of changes, and which waits for locks from the first on
THREADS += b"__tsan_init" in SHMOUNT.read_bytes()  # and the thread sanitizer's
EXACT = 1024  # KiB
STACKS = 40 * 1024  # the C library keeps those of ended threads, up to so much


def test_nothing_is_lost_and_the_daemon_does_not_grow(mounts):
    if reason := why_no_passthrough():
        pytest.skip(reason)
    mnt = mounts()
    counts, measured = load.run(mnt, SECONDS, int(time.time()), ROUNDS)
    print(load.summary(counts))
    # Each thing was done, and each went well at least once.
    assert load.kinds() <= counts.keys()
    first, last = measured[0], measured[-1]
    assert last["Threads"] <= THREADS
    if not SANITIZED:  # a sanitizer keeps what is freed
        assert last["VmRSS"] - first["VmRSS"] <= EXACT
        assert last["VmData"] - first["VmData"] <= STACKS
    mnt.unmount()
