# SPDX-License-Identifier: Apache-2.0
"""`meson install` and `ninja uninstall`; tests/library has what programs make of the library."""

import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest

from installed import PRODUCT, TOP, build_option, build_package, installation, run

FILES = {
    "bin/shm",
    "bin/shmount",
    "include/shmount/shmount.h",
    "include/shmount/version.h",
    "lib/systemd/system/shmount.service",
    "lib/systemd/system/shmount@.service",
    "sbin/mount.fuse.shmount",
    "sbin/mount.shmount",
    "share/man/man1/shm.1",
    "share/man/man3/libshmount.3",
    "share/man/man5/shmount-list.5",
    "share/man/man8/shmount.8",
}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    build_package()
    root = tmp_path_factory.mktemp("root")
    with installation(root) as place:
        yield place
    left = [path for path in root.rglob("*") if not path.is_dir()]
    assert not left, "uninstalling leaves files"


@pytest.fixture
def libdir(prefix):
    return prefix / build_option("libdir")


def test_dist_has_what_is_committed():
    if not (TOP / ".git").exists():
        pytest.skip("no git checkout")
    git = ["git", "-c", f"safe.directory={TOP}", "-C", TOP]
    committed = run(*git, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    build_package()
    run("meson", "dist", "-C", PRODUCT, "--no-tests", "--allow-dirty", "--formats", "gztar")
    (archive,) = (PRODUCT / "meson-dist").glob("shmount-*.tar.gz")
    with tarfile.open(archive) as tar:
        files = [name.partition("/")[2] for name in tar.getnames() if not tar.getmember(name).isdir()]
    assert sorted(files) == sorted(committed)


def test_files(prefix, libdir):
    found = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}
    library = {path for path in found if path.startswith(build_option("libdir") + "/lib")}
    completions = {path for path in found if "completion" in path or "site-functions" in path}
    pkg_config = {f"{build_option('libdir')}/pkgconfig/shmount.pc"}
    assert found - library - completions == FILES | pkg_config
    assert {"libshmount.so", "libshmount.so.0"} <= {pathlib.Path(path).name for path in library}
    assert len(completions) == 6, "of both programs for bash, zsh and fish"
    for name in "mount.shmount", "mount.fuse.shmount":
        target = os.readlink(prefix / "sbin" / name)
        assert target == f"{build_option('prefix')}/bin/shmount"


def test_pages_and_programs_agree_on_the_version(prefix):
    version = run(prefix / "bin/shmount", "--version").split()[1]
    assert run(prefix / "bin/shm", "--version").split()[1] == version


def test_units(prefix):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    units = sorted((prefix / "lib/systemd/system").iterdir())
    for unit in units:
        text = unit.read_text()
        assert f"ExecStart={build_option('prefix')}/bin/shmount -f" in text
        assert not re.search("@[A-Za-z]+@", text)
    # It wants the program to be where the unit says.
    copies = []
    for unit in units:
        copies.append(prefix / unit.name.replace("@", "@x"))
        copies[-1].write_text(unit.read_text().replace(f"{build_option('prefix')}/bin", f"{prefix}/bin"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True, check=False
    )
    for copy in copies:
        copy.unlink()
    mine = [line for line in done.stderr.splitlines() if "shmount" in line]
    assert not mine, done.stderr
