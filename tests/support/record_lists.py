#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records blocks of ShareableLists as the Python that runs this makes them.

    record_lists.py DIRECTORY [CASE...]

Writes DIRECTORY/pyXY-CASE.bin, the block, and .json, what this Python reads from it; the names of
the cases are those of the functions below. Runs under Python 3.8 and later, with nothing else.
"""

import json
import math
import pathlib
import sys
from multiprocessing import shared_memory


def types():
    return [0, 100, -(2**63), 2**63 - 1, 3.5, -0.0, 1e16, 1e-05, math.inf, -math.inf, math.nan,
            5e-324, 1.7976931348623157e308, 0.1, True, False, None, "howdy", b"\x00\xff\x01"]


def unicode():
    return ["été", "日本", "🐍", "a\nb\tc\\", "x" * 7, "x" * 8, "y" * 100, "\x7f\x85"]


def cut():
    """Python counts characters, not bytes, so that it cuts the text."""
    return ["é" * 7, "日本語日本語", "é" * 5 + "x", b"whole"]


def empties():
    return ["", b"", 0, 0.0, False, None, ""]


def none():
    return []


def one_int():
    return [42]


def one_str():
    return ["alone"]


def eleven():
    return list(range(11))


def nuls():
    return [b"\x00\x00\x00", b"a\x00b\x00\x00", "tail\x00\x00", "in\x00side", b"\x00" * 8,
            b"12345678"]


def assigned():
    """Types are changed; wide slots hold numbers; a slot is filled to the last byte."""
    made = shared_memory.ShareableList(
        [1, 2.5, True, None, "a string of some length", b"bytes", 7, "s"])
    made[0] = "eight by"
    made[1] = 12
    made[2] = None
    made[3] = True
    made[4] = 99
    made[5] = "text"
    made[6] = -1.25
    made[7] = b"\xfe"
    try:
        made[7] = "longer than its slot"
    except ValueError:
        pass
    return made


def overflowed():
    """An int past 64 bits raises after the format was rewritten and the slot zeroed."""
    made = shared_memory.ShareableList(["text", 2.5])
    for index in range(2):
        try:
            made[index] = 2**70
        except Exception:
            pass
    return made


def damaged():
    """3.9 and later: an index below -N writes into the format table."""
    made = shared_memory.ShareableList([1, 2, 3, 4, 5])
    made[-6] = 7
    return made


CASES = [types, unicode, cut, empties, none, one_int, one_str, eleven, nuls, assigned, overflowed,
         damaged]


def seen(items, index):
    """Describes `items[index]`: its type, its repr, and the bytes of a text."""
    try:
        value = items[index]
    except Exception as error:
        return {"error": type(error).__name__}
    entry = {"type": "none" if value is None else type(value).__name__, "repr": repr(value)}
    if isinstance(value, str):
        entry["hex"] = value.encode().hex()
    elif isinstance(value, bytes):
        entry["hex"] = value.hex()
    return entry


def read_format(items):
    try:
        return items.format
    except UnicodeDecodeError:
        return None


def to_text(expected):
    """JSON with a line for each value."""
    values = ",\n  ".join(json.dumps(value) for value in expected.pop("values"))
    return json.dumps(expected)[:-1] + ',\n "values": [\n  ' + values + "]}\n"


def record(directory, case):
    made = case()
    if isinstance(made, list):
        made = shared_memory.ShareableList(made)
    items = shared_memory.ShareableList(name=made.shm.name)
    expected = {
        "python": sys.version.split()[0],
        "layout": 1 if sys.version_info < (3, 9) else 2,
        "format": read_format(items),
        "values": [seen(items, i) for i in range(len(items))],
    }
    path = directory / "py{}{}-{}".format(*sys.version_info[:2], case.__name__)
    path.with_suffix(".bin").write_bytes(bytes(made.shm.buf))
    path.with_suffix(".json").write_text(to_text(expected))
    items.shm.close()
    made.shm.close()
    made.shm.unlink()


def main():
    directory = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:] or [case.__name__ for case in CASES]
    for case in CASES:
        if case is damaged and sys.version_info < (3, 9):
            continue
        if case.__name__ in wanted:
            record(directory, case)


if __name__ == "__main__":
    main()
