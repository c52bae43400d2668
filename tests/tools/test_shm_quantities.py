# SPDX-License-Identifier: Apache-2.0
"""Sizes as truncate(1) reads them, and ages: what each means, and what is none."""

import os
import subprocess

import pytest

K, KB, M = 1024, 1000, 1024**2
SIZES = {
    "0": 0, "4096": 4096, "010": 10, "000000000000000000000042": 42, "7B": 7, "1K": K, "1k": K, "1Ki": K, "1KiB": K,
    "1kib": K, "1KB": KB, "1kB": KB, "010K": 10 * K, "0K": 0, "1m": M, "2MiB": 2 * M, "3MB": 3 * KB**2,
}  # fmt: skip
LARGE = {
    "1g": K**3, "1Gi": K**3, "1GiB": K**3, "2GB": 2 * KB**3, "1T": K**4, "1TB": KB**4, "1Ti": K**4, "3P": 3 * K**5,
    "1PB": KB**5, "1PiB": K**5, "4E": 4 * K**6, "1EB": KB**6, "7eib": 7 * K**6,
}  # fmt: skip
NO_SIZES = ["", "K", "much", "1x", "1KK", "1iB", "1Kib1", "1K1K", "1.5G", "1,5", "-1", "-5M", "+1", "0x10", "1e3", "1 K", " 1",
            "1d", "1\n", "1K" * 100_00]  # fmt: skip
# Past the 63 bits that a file's length has.
LARGE_SIZES = ["9223372036854775808", "8E", "8EiB", "16E", "20000000P", "18446744073709551616", "99999999999999999999999",
               "99999999999999999999999B", "99999999999999999999999K"]  # fmt: skip
DAY = 86400
AGES = {
    "90": 90, "90s": 90, "090": 90, "15m": 900, "2h": 7200, "1d": DAY, "1w": 7 * DAY, "2W": 14 * DAY, "1d12h": 1.5 * DAY,
    "1h30m": 5400, "1w2d3h4m5s": 9 * DAY + 3 * 3600 + 245, "08h09m": 8 * 3600 + 540,
}  # fmt: skip
NO_AGES = ["", "d", "soon", "1x", "1.5d", "-1", "-1d", "1d-1h", "1d12", "12 h", "1d 12h", "1dh", "1K", "0x1", "1d\n",
           "1d" * 100_00]  # fmt: skip
LARGE_AGES = ["9223372036854775808", "9223372036854775807s1s", "99999999999999999999999", "16000000000000000w"]
CLOCK = """
#include <time.h>
#include <stdlib.h>
time_t time(time_t* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += atoll(getenv("CLOCK_AHEAD"));
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
"""


def shown(text):
    """As an error has it: with control characters escaped, and cut where it is long."""
    return f"'{text[:20]}"


@pytest.mark.parametrize("text", SIZES, ids=str)
def test_sizes(command, shm, text):
    command("new", "-s", text, "a")
    assert (shm / "a").stat().st_size == SIZES[text]


@pytest.mark.parametrize("text", LARGE, ids=str)
def test_large_sizes(command, text):
    """No memory is reserved for what a private /dev/shm may hold."""
    blocks, size = command("run", f"--size={text}", "stat", "-f", "-c", "%b %S", "/dev/shm").split()
    assert 0 <= int(blocks) * int(size) - LARGE[text] < int(size)


@pytest.mark.parametrize("words", [["new", "-s"], ["run", "--size"]], ids=lambda words: words[0])
@pytest.mark.parametrize("text", NO_SIZES + LARGE_SIZES, ids=lambda text: text[:30])
def test_what_is_no_size(command, shm, words, text):
    command(*words, text, "true", status=2)
    why = "is too large" if text in LARGE_SIZES else "is no size"
    assert shown(text.strip("\n")) in command.errors and why in command.errors
    assert len(command.errors) < 300 and "\x1f" not in command.errors
    assert not list(shm.iterdir())


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """clock(seconds) is an environment in which it is so much later for `shm`."""
    source = tmp_path_factory.mktemp("clock") / "clock.c"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", source.with_suffix(".so"), source], check=True)
    return lambda seconds: {**os.environ, "LD_PRELOAD": str(source.with_suffix(".so")), "CLOCK_AHEAD": str(int(seconds))}


@pytest.mark.parametrize("text", AGES, ids=str)
def test_ages(command, shm, clock, text):
    (shm / "a").write_bytes(b"howdy")
    assert command("prune", "--older", text, env=clock(AGES[text] - 30)) == ""
    assert command("prune", "--older", text, env=clock(AGES[text])).startswith("would unlink a ")


@pytest.mark.parametrize("text", NO_AGES + LARGE_AGES, ids=lambda text: text[:30])
def test_what_is_no_age(command, shm, text):
    (shm / "a").write_bytes(b"howdy")
    command("prune", "--yes", "--older", text, status=2)
    why = "is too large" if text in LARGE_AGES else "is no age"
    assert shown(text.strip("\n")) in command.errors and why in command.errors
    assert len(command.errors) < 300 and "\x1f" not in command.errors
    assert (shm / "a").exists()
