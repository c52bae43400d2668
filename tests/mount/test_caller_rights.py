# SPDX-License-Identifier: Apache-2.0
"""What root's daemon takes over from a caller besides its user and group: groups, and capabilities or the lack of
them. What it cannot find out it refuses."""

import os
import pathlib
import resource
import subprocess

import pytest

from harness import PATIENCE
from test_service import ANN, BOB, TEAM, as_user, places, top  # noqa: F401  (fixtures)

TRIES = """
cat secret; echo x >> secret; chown 40002 secret; chmod 666 secret; touch -d @1 secret; : > secret; chgrp 40100 secret
cat own; echo x >> own; chmod 4755 own; chmod 600 team; cat team; stat -Lc '%a %u %g %s' secret own team
"""
LESS_ROOT = {
    "none": ["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    "some": ["setpriv", "--bounding-set=-all,+dac_override,+setgid", "--inh-caps=-all"],
    "owner": ["setpriv", "--bounding-set=-all,+fowner,+chown,+setgid", "--inh-caps=-all", "--groups", str(TEAM)],
    "all": ["setpriv", "--reset-env"],
    "of another user namespace": ["unshare", "--user", "--map-root-user"],
}


@pytest.fixture
def run_shmount_on(tmp_path):
    from harness import SHMOUNT

    def run(*prefix):
        command = [*prefix, SHMOUNT, "-o", "allow_other", tmp_path]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    return run


def owned(path, mode, uid, gid=0):
    path.write_text("text\n")
    os.chown(path, uid, gid)
    path.chmod(mode)


@pytest.mark.parametrize("less", LESS_ROOT)
def test_root_has_the_capabilities_of_its_process(places, less):  # noqa: F811
    seen = []
    for directory, prepared in (places[0], places[0]), (places[1], places[2]):
        owned(prepared / "secret", 0o600, ANN, ANN)
        owned(prepared / "own", 0o600, 0)
        owned(prepared / "team", 0o640, ANN, TEAM)
        done = subprocess.run(
            [*LESS_ROOT[less], "bash", "-c", TRIES], cwd=directory, capture_output=True, text=True, check=False,
            timeout=PATIENCE, env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )  # fmt: skip
        seen.append((done.returncode, done.stdout, done.stderr))
    assert seen[0] == seen[1]
    assert ("Permission denied" in seen[0][2]) == (less in ("none", "owner", "of another user namespace"))


@pytest.mark.parametrize(
    "without",
    [
        ["--bounding-set=-setuid", "--inh-caps=-setuid"],
        ["--bounding-set=-setgid", "--inh-caps=-setgid"],
        ["--securebits=+no_setuid_fixup"],
    ],
    ids=["setuid", "setgid", "fixup"],
)
def test_a_daemon_that_cannot_become_its_callers_does_not_start(top, run_shmount_on, without):  # noqa: F811
    """It would do for each user what root may."""
    del top
    done = run_shmount_on("setpriv", *without)
    assert done.returncode == 1 and "serving other users" in done.stderr


def test_groups_that_cannot_be_read_are_not_left_out(places):  # noqa: F811
    """A mode can deny a group what it gives to others."""
    _, mnt, backing = places
    owned(backing / "denied", 0o604, 0, TEAM)

    def read(directory):
        return pathlib.Path(directory / "denied").read_text()

    assert as_user(BOB, read, mnt) == "text\n"
    assert as_user(BOB, read, mnt, groups=[TEAM]) == "EACCES"
    subprocess.run(["mount", "-o", "remount,hidepid=invisible", "/proc"], check=True)
    try:
        assert as_user(BOB, read, mnt, groups=[TEAM]) == "EACCES"
    finally:
        subprocess.run(["mount", "-o", "remount,hidepid=off", "/proc"], check=True)


def test_the_limit_on_file_sizes_does_not_end_the_daemon(top, mounts):  # noqa: F811
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (102400, limits[1]))
    try:
        mnt = mounts("-o", "access=direct,allow_other", backing=top / "backing", path=top / "mnt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    done = subprocess.run(["truncate", "-s", "1M", mnt / "big"], capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    with open(mnt / "big", "wb", buffering=0) as file, pytest.raises(OSError, match="too large"):
        for _ in range(3):
            file.write(bytes(51200))
        os.pwrite(file.fileno(), b"x", 1 << 20)
    assert os.listdir(mnt) == ["big"]


@pytest.mark.parametrize("flag", ["ro", "noexec", "nosuid"])
def test_what_the_backings_mount_forbids_the_mount_forbids(top, mounts, flag):  # noqa: F811
    backing = top / "backing"
    owned(backing / "program", 0o755, 0)
    subprocess.run(["mount", "-o", f"remount,{flag}", backing], check=True)
    mnt = mounts("-o", f"allow_other,dev,suid,exec,rw,backing={backing}", backing=backing, path=top / "mnt")
    options = subprocess.check_output(["findmnt", "-no", "OPTIONS", mnt.path], text=True).strip().split(",")
    assert flag in options
    assert ("exec" if flag == "noexec" else "noexec") not in options
    mnt.unmount()
