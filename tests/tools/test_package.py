# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built, installed, used and purged. In a mount namespace with overlays over
what dpkg writes, so that this machine stays as it is, and what is left can be listed."""

import os
import pathlib
import shutil
import subprocess

import pytest

from installed import build_package, run

OVERLAID = ["usr", "etc", "var"]

# $0: a tmpfs for the overlays; $1: the package. What fails ends it. The mounts go with the namespace.
PREPARE = f"""
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$0"
for top in {' '.join(OVERLAID)}; do
  mkdir -p "$0/$top/upper" "$0/$top/work"
  mount -t overlay -o "lowerdir=/$top,upperdir=$0/$top/upper,workdir=$0/$top/work" overlay "/$top"
done
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
left() {{
  find "$0"/*/upper ! -type d | grep -vE '/var/upper/(lib/dpkg|cache|log)/|/etc/upper/ld.so.cache$' || true
}}
"""

USE = """
dpkg -i "$1" >/dev/null
left | grep -q /usr/upper/bin/shmount
dpkg -V shmount
man -w 8 shmount 1 shm 5 shmount-list 3 libshmount >/dev/null
place=$(mktemp -d)
trap 'rmdir "$place" || true' EXIT

shm list trip 1 howdy
shmount "$place" && test "$(cat "$place/trip/1.str")" = howdy && umount "$place"
mount -t shmount /dev/shm "$place" -o nosuid,nodev,allow_other,nofail,x-systemd.automount
findmnt -no FSTYPE,SOURCE "$place" | grep -q '^fuse.shmount */dev/shm$'
umount "$place"
mount -t fuse.shmount none "$place" -o rw,noauto && test -d "$place/trip" && umount "$place"
mount -f -t shmount none "$place"
test -z "$(findmnt "$place")"

echo "shmount $place shmount defaults,nofail,_netdev,x-gvfs-show,allow_other,access=link 0 0" >"$0/fstab"
mount -a -T "$0/fstab"
mount -a -T "$0/fstab"                     # it knows that it is mounted
test "$(findmnt -n "$place" | wc -l)" = 1
umount "$place"

dpkg --purge shmount >/dev/null
test ! -e /usr/include/shmount
test -z "$(dpkg-query -Wf '${db:Status-Abbrev}' shmount 2>&1 | grep ^i)"
echo "left: $(left)"
"""


@pytest.fixture(scope="module")
def package():
    if not shutil.which("dpkg-deb") or not shutil.which("dpkg-shlibdeps"):
        pytest.skip("no dpkg")
    return build_package()


def test_content(package):
    names = run("dpkg-deb", "--contents", package)
    for name in "./usr/bin/shmount", "./usr/bin/shm", "./usr/sbin/mount.shmount", "shmount.8.gz":
        assert name in names
    assert "fuse3/" not in names and "libfuse" not in names
    for line in names.splitlines():
        assert line.split()[1] == "root/root"
    depends = run("dpkg-deb", "--field", package, "Depends")
    assert "fuse3" in depends and "libc6" in depends and "libstdc++6" in depends and "libsmartcols1" in depends


def test_install_use_purge(package, tmp_path):
    if os.geteuid() != 0 or pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        pytest.skip("not root of the initial user namespace")
    script = ["unshare", "--mount", "bash", "-c"]
    prepared = subprocess.run(
        [*script, PREPARE, tmp_path], capture_output=True, text=True, check=False
    )
    if prepared.returncode != 0:
        pytest.skip(f"no overlays here: {prepared.stderr.strip()}")
    done = subprocess.run(
        [*script, PREPARE + "set -x\n" + USE, tmp_path, package],
        capture_output=True, text=True, check=False, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "left: "
