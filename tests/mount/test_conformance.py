# SPDX-License-Identifier: Apache-2.0
"""Blocks at the mount beside files of a bare tmpfs, by the same random calls.

SHMOUNT_CONFORMANCE_CALLS is how many are made (nightly: a million), SHMOUNT_CONFORMANCE_SEED where
the seeds start."""

import os

from conformance import Generator, difference, shrink
from harness import SANITIZED

LENGTH = 100
CALLS = int(os.environ.get("SHMOUNT_CONFORMANCE_CALLS", 5_000 if SANITIZED else 20_000))
SEED = int(os.environ.get("SHMOUNT_CONFORMANCE_SEED", 1))


def allowed(call, results):
    """The differences that shmount(8) names, in DIFFERENCES FROM TMPFS."""
    method, *arguments = call
    if method == "special":
        refusal = {"unnamed": "ENOTSUP", "whiteout": "EINVAL"}.get(arguments[1], "EPERM")
        return results == [refusal, None]
    if method.endswith("etxattr") or method == "removexattr":
        return arguments[1].startswith("system.") and results[0] == "ENOTSUP"
    return False


def test_as_tmpfs(mounts, tmpfs):
    bare, backing = tmpfs(), tmpfs()
    mnt = mounts(backing=backing)

    def differs(calls):
        return difference(calls, [mnt.path, bare], allowed)

    for seed in range(SEED, SEED + CALLS // LENGTH):
        calls = Generator(seed).sequence(LENGTH)
        if differs(calls):
            calls = shrink(calls, differs)
            index, (at_mount, at_tmpfs) = differs(calls) or (None, ("another", "now the same"))
            raise AssertionError(
                f"seed {seed}: the mount gives {at_mount!r}, tmpfs {at_tmpfs!r} at call {index} of\n"
                + "\n".join(map(repr, calls))
            )
