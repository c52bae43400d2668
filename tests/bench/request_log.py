# SPDX-License-Identifier: Apache-2.0
"""Which requests the kernel sends for what a user does, from the log of `shmount -o debug`."""

import os
import re
import time

# They ask for no answer, and come whenever the kernel finds time.
_UNASKED = {"FORGET", "BATCH_FORGET", "INTERRUPT"}
_MARK = "STATFS"  # never answered from a cache, and sent after all that was sent before


def settle(seconds=0.05):
    """Lets the events of what was done come and go, with the requests that they bring about."""
    time.sleep(seconds)


def requests_of(act, log, mountpoint):
    """The opcodes of the requests that `act()` caused, in order. `log()` is the log so far."""
    start = len(log())
    act()
    os.statvfs(mountpoint)
    deadline = time.monotonic() + 120
    while True:
        opcodes = re.findall(r"opcode: (\w+) \(", log()[start:])
        if _MARK in opcodes:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"no {_MARK} in the log")
        time.sleep(0.002)
    return [opcode for opcode in opcodes[: opcodes.index(_MARK)] if opcode not in _UNASKED]
