# SPDX-License-Identifier: Apache-2.0
"""A running Python interpreter, of any version, that a test drives step by step."""

import glob
import os
import pickle
import shutil
import subprocess
import sys

from harness import PATIENCE

# Sends back (value, None) or (None, exception). The resource tracker is disabled, because it would
# unlink, at exit, blocks that were merely attached. os._exit() leaves mappings as a crash would.
_LOOP = """
import os, pickle, sys
from multiprocessing import resource_tracker, shared_memory
from multiprocessing.shared_memory import ShareableList, SharedMemory
resource_tracker.register = resource_tracker.unregister = lambda *arguments: None
requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
names = {"SharedMemory": SharedMemory, "ShareableList": ShareableList}
while True:
    try:
        kind, source = pickle.load(requests)
    except EOFError:
        os._exit(0)
    try:
        reply = pickle.dumps((eval(compile(source, "<test>", kind), names), None), 4)
    except BaseException as error:
        try:
            reply = pickle.dumps((None, error), 4)
        except Exception:
            reply = pickle.dumps((None, RuntimeError(repr(error))), 4)
    replies.write(reply)
    replies.flush()
"""


def _version(path):
    """(3, 12, 1) of a CPython with shared_memory, otherwise None."""
    script = (
        "import sys, _posixshmem; assert sys.implementation.name == 'cpython';"
        "print(*sys.version_info[:3])"
    )
    done = subprocess.run([path, "-c", script], capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else None


def interpreters():
    """Paths of the machine's CPythons of 3.8 and later by version, one of each version."""
    found = {}
    paths = [sys.executable, shutil.which("python3")]
    paths += glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python3"))
    for path in filter(None, paths):
        version = _version(path)
        if version and version >= (3, 8):
            found.setdefault(".".join(map(str, version)), path)
    if os.environ.get("SHMOUNT_SANITIZED"):  # slow: the oldest and the newest then
        ends = sorted(found, key=lambda version: [int(part) for part in version.split(".")])
        found = {version: found[version] for version in (ends[0], ends[-1])}
    return found


class PySession:
    """`py("sl = ShareableList([1], name='x')")` executes statements, `py.eval("sl[0]")` evaluates an expression. An
    exception there is raised here. ShareableList and SharedMemory are imported there."""

    def __init__(self, python=sys.executable, **options):
        self._process = subprocess.Popen(
            [python, "-c", _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options
        )
        self.pid = self._process.pid

    def __call__(self, statements):
        self._ask("exec", statements)

    def eval(self, expression):
        return self._ask("eval", expression)

    def close(self):
        """Ends the interpreter as a crash would: nothing is closed or unlinked."""
        killed = self._process.returncode is not None
        self._process.stdin.close()
        self._process.stdout.close()
        assert killed or self._process.wait(PATIENCE) == 0

    def kill(self):
        """Ends it with SIGKILL."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def _ask(self, kind, source):
        pickle.dump((kind, source), self._process.stdin, 4)
        self._process.stdin.flush()
        value, error = pickle.load(self._process.stdout)
        if error is not None:
            raise error
        return value
