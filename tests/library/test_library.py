# SPDX-License-Identifier: Apache-2.0
"""The installed library in programs of its users, beside Python."""

import errno
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from installed import BUILD, TOP, run
from python_session import PySession, interpreters

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root to be another user")


@pytest.fixture(scope="module")
def trip(library, source):
    return library.compile(source("trip.cc"))


@pytest.fixture(scope="module")
def access(library, source):
    return library.compile(source("access.cc"))


@pytest.fixture
def session():
    made = []

    def start(python, **options):
        made.append(PySession(python, **options))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.mark.parametrize(
    "python", [path for version, path in interpreters().items() if not version.startswith("3.8.")]
)
def test_trip(trip, library, session, python):
    py = session(python)
    with subprocess.Popen(
        [trip], env=library.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "0 failures\n", process.stdout.read()
            py("theirs = ShareableList(name='lib_trip')")
            assert py.eval("list(theirs)") == ["howdy", -273.154, 100, None, True]
            py("theirs[2] = 'dry ice'; mine = ShareableList(['a', 'ü' * 9, 12], name='py_trip')")
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "dry ice\n"
            assert process.stdout.readline() == "3 12\n"
            assert py.eval("theirs[0], theirs[1]") == (b"\xffok", 7)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.wait(60) == 0
            assert not os.path.exists("/dev/shm/lib_trip")
        finally:
            process.kill()


@needs_root
@pytest.mark.parametrize("mode, reads, writes", [(0o600, False, False), (0o644, True, False), (0o666, True, True)])
def test_a_new_list_has_its_mode_for_python(access, library, session, mode, reads, writes):
    """What C++ makes, a Python of another user attaches to as far as the mode lets it."""
    library.run(access, "make", "lib_modes", f"{mode:o}")
    assert os.stat("/dev/shm/lib_modes").st_mode & 0o7777 == mode
    py = session("/usr/bin/python3", **NOBODY)
    if writes:
        py("theirs = ShareableList(name='lib_modes'); theirs[0] = 'python'")
        assert library.run(access, "read", "lib_modes") == "python\n"
    else:
        with pytest.raises(PermissionError):
            py("ShareableList(name='lib_modes')")
    if reads:
        assert py.eval("open('/dev/shm/lib_modes', 'rb').read(8)") == (2).to_bytes(8, "little")
    else:
        with pytest.raises(PermissionError):
            py("open('/dev/shm/lib_modes', 'rb')")


@needs_root
@pytest.mark.parametrize("mode, reads, writes", [(0o600, False, False), (0o644, True, False), (0o666, True, True)])
def test_read_only(access, library, session, mode, reads, writes):
    """What Python makes, a C++ program of another user attaches to as far as the mode lets it."""
    py = session("/usr/bin/python3")
    py("mine = ShareableList(['from Python', 7], name='py_modes')")
    os.chmod("/dev/shm/py_modes", mode)
    denied = str(errno.EACCES)
    if reads:
        assert library.run(access, "read", "py_modes", **NOBODY) == "from Python\n"
        py("mine[0] = 'changed'")
        assert library.run(access, "read", "py_modes", **NOBODY) == "changed\n"
    else:
        assert library.run(access, "read", "py_modes", status=1, **NOBODY).split()[0] == denied
    if writes:
        library.run(access, "assign", "py_modes", **NOBODY)
        assert py.eval("mine[0]") == "assigned"
    else:
        assert library.run(access, "assign", "py_modes", status=1, **NOBODY).split()[0] == denied


def test_a_store_to_a_read_only_mapping_is_a_signal(access, library, session):
    py = session("/usr/bin/python3")
    py("mine = ShareableList(['from Python', 7], name='py_modes')")
    library.run(access, "store", "py_modes", status=-signal.SIGSEGV)
    assert py.eval("list(mine)") == ["from Python", 7]


def test_a_program_with_the_same_names_inside(library, source):
    program = library.compile(source("clash.cc"), "-rdynamic")
    library.run(program)
    dynamic = run("nm", "-D", "--defined-only", program)
    assert "_ZN7shmount6IsUtf8" in dynamic, "the program's own name does not stand in the way"


def test_a_program_that_links_core_too():
    program = BUILD / "tests/library/beside_core"
    run(program)


def test_shmount_as_a_subproject(source, tmp_path):
    """By tests/library/subproject: dependency('shmount') is the subproject's, built from its sources
    with nothing that only the daemon takes."""
    project = tmp_path / "project"
    shutil.copytree(source("subproject"), project)
    shutil.copy(source("trip.cc"), project)
    (project / "subprojects").mkdir()
    (project / "subprojects/shmount").symlink_to(TOP)
    # The machine's own libshmount, if there is one, is not what is tested.
    options = ["--force-fallback-for=shmount", "--buildtype=plain"]
    said = run("meson", "setup", project / "b", project, *options)
    assert "fuse3" not in said
    run("ninja", "-C", project / "b", "trip")
    libraries = run("ldd", project / "b/trip")
    assert str(project / "b/subprojects/shmount") in libraries
    done = subprocess.run([project / "b/trip"], input="\n\n", capture_output=True, text=True, check=False)
    assert done.stdout.startswith("0 failures\n")
    pathlib.Path("/dev/shm/lib_trip").unlink()
