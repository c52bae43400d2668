# SPDX-License-Identifier: Apache-2.0
"""System calls that Python has no function for."""

import ctypes
import os

from harness import LIBC

AT_FDCWD = -100
UTIME_NOW = 2**30 - 1
UTIME_OMIT = 2**30 - 2
FALLOC_FL_KEEP_SIZE = 1
FALLOC_FL_PUNCH_HOLE = 2
FALLOC_FL_ZERO_RANGE = 16
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
RENAME_WHITEOUT = 4


def _check(result):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def fallocate(fd, mode, offset, length):
    _check(LIBC.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)))


def rename2(old, new, flags):
    _check(LIBC.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags))


def futimens(fd, accessed, modified):
    """In nanoseconds; or "now"; or "omit", which leaves a time as it is."""
    special = {"now": (0, UTIME_NOW), "omit": (0, UTIME_OMIT)}
    pairs = [special.get(time) or divmod(time, 10**9) for time in (accessed, modified)]
    _check(LIBC.futimens(fd, (ctypes.c_long * 4)(*pairs[0], *pairs[1])))
