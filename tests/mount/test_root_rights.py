# SPDX-License-Identifier: Apache-2.0
"""What the backing's own mode, owner, group and ACL let each user do in it is what they can do at the mount's root."""

import os
import struct

import pytest

from harness import eventually
from test_service import ANN, BOB, EVE, TEAM, as_user, compare, places, put_block, top  # noqa: F401  (fixtures)

USERS = {"owner": (ANN, []), "member": (BOB, [TEAM]), "other": (EVE, []), "root": (0, [])}
OPERATIONS = {
    "ls": lambda d: sorted(os.listdir(d)),
    "stat": lambda d: os.stat(d / "block").st_size,
    "absent": lambda d: os.stat(d / "absent").st_size,
    "read": lambda d: (d / "block").read_bytes().decode()[:4],
    "write": lambda d: (d / "block").write_bytes(b"new"),
    "create": lambda d: (d / "new").touch(),
    "create_there": lambda d: os.close(os.open(d / "block", os.O_RDWR | os.O_CREAT)),
    "unlink": lambda d: os.unlink(d / "block"),
    "rename": lambda d: os.rename(d / "block", d / "other"),
    "touch": lambda d: os.utime(d),
    "access": lambda d: [os.access(d, mask) for mask in (os.R_OK, os.W_OK, os.X_OK)],
    "chdir": os.chdir,
}


def deny(directory, uid):
    """An ACL that lets everybody do all but this user, who may do nothing."""
    entries = [(1, 7, -1), (2, 0, uid), (4, 7, -1), (0x10, 7, -1), (0x20, 7, -1)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(directory, "system.posix_acl_access", acl)


@pytest.mark.parametrize("mode", ["700", "711", "744", "750", "730", "755", "1777", "acl"])
def test_each_operation_of_each_user(places, mode):  # noqa: F811
    _, mnt, backing = places

    def prepare(directory):
        put_block(directory, 0o666)
        if directory == backing:
            os.stat(mnt / "block")  # the kernel knows the name

    for directory in places[0], backing:
        os.chown(directory, ANN, TEAM)
        if mode == "acl":
            try:
                deny(directory, EVE)
            except OSError as error:
                pytest.skip(f"no ACLs on tmpfs here: {error}")
        else:
            directory.chmod(int(mode, 8))
    eventually(lambda: os.stat(mnt).st_mode == os.stat(backing).st_mode)
    done = {
        (who, name): compare(places, call, uid, groups, prepare)[0]
        for who, (uid, groups) in USERS.items()
        for name, call in OPERATIONS.items()
    }
    # The comparison would hold for two doors that are both open, or both shut.
    assert done["owner", "read"] == done["root", "read"] == "text"
    assert (done["other", "read"] == "text") == (mode in ("711", "755", "1777"))
    assert (done["other", "ls"] == ["block"]) == (mode in ("744", "755", "1777"))
    assert (done["member", "create"] is None) == (mode in ("730", "1777", "acl"))


def test_what_the_kernel_knew_before_the_backing_was_closed(places):  # noqa: F811
    """Once the backing lets nobody else search it, cached names, elements and names in a working directory do neither."""
    _, mnt, backing = places
    put_block(backing, 0o644)
    (mnt / "trip").mkdir()
    (mnt / "trip/0.str").write_text("howdy")
    (mnt / "trip").chmod(0o555)
    (backing / "trip").chmod(0o644)
    reads = [
        lambda: (mnt / "block").read_bytes().decode()[:4],
        lambda: (mnt / "trip/0.str").read_text(),
        lambda: os.stat(mnt / "trip/0.str").st_size,
        lambda: os.listdir(mnt / "trip"),
        lambda: os.listdir(mnt),
        lambda: os.chdir(mnt),
    ]
    os.chown(backing, ANN, ANN)
    for _ in range(5):
        for read in reads:
            assert as_user(EVE, read) != "EACCES"
        backing.chmod(0o700)
        for read in reads:
            eventually(lambda: as_user(EVE, read) == "EACCES")  # noqa: B023
            as_user(ANN, read)
        assert [as_user(EVE, read) for read in reads] == ["EACCES"] * len(reads)
        backing.chmod(0o1777)
        for read in reads:
            eventually(lambda: as_user(EVE, read) != "EACCES")  # noqa: B023
