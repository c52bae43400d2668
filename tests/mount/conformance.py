# SPDX-License-Identifier: Apache-2.0
"""Random sequences of system calls, each played in two directories: what they return and leave has
to be the same. A sequence that differs is shrunk to the calls that it takes."""

import errno
import fcntl
import mmap
import os
import random
import stat

import syscalls

NAMES = ["a", "b", "c", "block with spaces", "ü"]
SLOTS = 4  # files that a player can have open at once
FLAGS = [os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND, os.O_NOFOLLOW, os.O_CLOEXEC]
FALLOCATE = [0, 1, 2, 3, 8, 16, 17, 32, 64]  # also KEEP_SIZE, PUNCH, COLLAPSE, ZERO, INSERT, UNSHARE
XATTRS = ["user.one", "user.two", "user.", "nothing", "system.posix_acl_access"]
SIZES = [0, 1, 7, 100, 4095, 4096, 4097, 10000]


class Generator:
    """Calls as tuples of a method of Player and its arguments. One seed, one sequence."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def sequence(self, length):
        return [self._call() for _ in range(length)]

    def _bytes(self):
        """Never the beginning of a list, and never zeros, as an empty block has."""
        return bytes(self._random.choices(b"howdy", k=self._random.choice([1, 5, 100, 4096, 5000])))

    def _call(self):
        r = self._random
        name, slot, size = r.choice(NAMES), r.randrange(SLOTS), r.choice(SIZES)
        flags = r.choice([os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR, os.O_RDWR])
        for flag in FLAGS:
            flags |= flag if r.random() < (0.6 if flag == os.O_CREAT else 0.15) else 0
        return r.choice([
            *[("open", name, slot, flags, r.choice([0o600, 0o644, 0o666, 0o400]))] * 6,
            *[("close", slot)] * 2,
            *[("write", slot, self._bytes())] * 3,
            *[("read", slot, size)] * 2,
            *[("pwrite", slot, self._bytes(), size)] * 2,
            ("pread", slot, size, r.choice(SIZES)),
            ("seek", slot, r.choice([*SIZES, -1]), r.randrange(5)),
            ("ftruncate", slot, size),
            ("truncate", name, size),
            *[("fallocate", slot, r.choice(FALLOCATE), size, r.choice(SIZES))] * 2,
            ("store", slot, size, r.choice(b"howdy")),
            ("rename", name, r.choice(NAMES), r.choice([0, 0, 1, 2, 3])),
            ("link", name, r.choice(NAMES)),
            *[("unlink", name)] * 2,
            ("rmdir", name),
            ("chmod", name, r.choice([0o600, 0o640, 0o444, 0o000, 0o1755])),
            ("chown", name, r.choice([-1, 0, 12345]), r.choice([-1, 0, 12345])),
            ("utime", name, r.randrange(2**31), r.randrange(2**31)),
            ("setxattr", name, r.choice(XATTRS), self._bytes()[:20], r.randrange(3)),
            ("getxattr", name, r.choice(XATTRS)),
            ("removexattr", name, r.choice(XATTRS)),
            ("listxattr", name),
            *[("stat", name)] * 2,
            ("fstat", slot),
            ("access", name, r.choice([os.F_OK, os.R_OK, os.W_OK])),
            ("lock", slot, r.choice([fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_UN])),
            ("sync", slot),
            ("copy", slot, r.randrange(SLOTS), size),
            *[("names",)] * 2,
        ])


class Player:
    """Makes calls in one directory. A result is a value, or the name of an errno."""

    def __init__(self, directory):
        self._directory = directory
        self._files = [None] * SLOTS

    def play(self, call):
        method, *arguments = call
        try:
            return getattr(self, "_" + method)(*arguments)
        except OSError as error:
            return errno.errorcode[error.errno]
        except LookupError:
            return "closed"

    def end(self):
        for slot in range(SLOTS):
            self.play(("close", slot))
        names = sorted(os.listdir(self._directory))
        left = {}
        for name in names:
            os.chmod(self._path(name), 0o600)
            with open(self._path(name), "rb") as file:
                left[name] = file.read()
            os.unlink(self._path(name))
        return left

    def _path(self, name):
        return f"{self._directory}/{name}"

    def _fd(self, slot):
        if self._files[slot] is None:
            raise LookupError(slot)
        return self._files[slot]

    @staticmethod
    def _told(st):
        return stat.filemode(st.st_mode), st.st_nlink, st.st_uid, st.st_gid, st.st_size, st.st_blocks

    def _open(self, name, slot, flags, mode):
        fd = os.open(self._path(name), flags, mode)
        self.play(("close", slot))
        self._files[slot] = fd
        return "opened"

    def _close(self, slot):
        fd = self._fd(slot)
        self._files[slot] = None
        os.close(fd)

    def _write(self, slot, data):
        return os.write(self._fd(slot), data)

    def _read(self, slot, size):
        return os.read(self._fd(slot), size)

    def _pwrite(self, slot, data, at):
        return os.pwrite(self._fd(slot), data, at)

    def _pread(self, slot, size, at):
        return os.pread(self._fd(slot), size, at)

    def _seek(self, slot, at, whence):
        return os.lseek(self._fd(slot), at, whence)

    def _ftruncate(self, slot, size):
        os.ftruncate(self._fd(slot), size)

    def _truncate(self, name, size):
        os.truncate(self._path(name), size)

    def _fallocate(self, slot, mode, at, length):
        syscalls.fallocate(self._fd(slot), mode, at, length)

    def _store(self, slot, at, byte):
        """Through a mapping, where the file is long enough for one that has the byte."""
        fd = self._fd(slot)
        if os.fstat(fd).st_size <= at:
            return "short"
        with mmap.mmap(fd, 0) as memory:
            before, memory[at] = memory[at], byte
        return before

    def _rename(self, name, new_name, flags):
        syscalls.rename2(self._path(name), self._path(new_name), flags)

    def _link(self, name, new_name):
        os.link(self._path(name), self._path(new_name))

    def _unlink(self, name):
        os.unlink(self._path(name))

    def _rmdir(self, name):
        os.rmdir(self._path(name))

    def _chmod(self, name, mode):
        os.chmod(self._path(name), mode)

    def _chown(self, name, uid, gid):
        os.chown(self._path(name), uid, gid)

    def _utime(self, name, accessed, modified):
        os.utime(self._path(name), (accessed, modified))
        st = os.stat(self._path(name))
        return st.st_atime, st.st_mtime

    def _setxattr(self, name, attribute, value, flags):
        os.setxattr(self._path(name), attribute, value, flags)

    def _getxattr(self, name, attribute):
        return os.getxattr(self._path(name), attribute)

    def _removexattr(self, name, attribute):
        os.removexattr(self._path(name), attribute)

    def _listxattr(self, name):
        return sorted(os.listxattr(self._path(name)))

    def _stat(self, name):
        return self._told(os.stat(self._path(name)))

    def _fstat(self, slot):
        return self._told(os.fstat(self._fd(slot)))

    def _access(self, name, mask):
        return os.access(self._path(name), mask)

    def _lock(self, slot, operation):
        fcntl.flock(self._fd(slot), operation | fcntl.LOCK_NB)

    def _sync(self, slot):
        os.fsync(self._fd(slot))

    def _copy(self, slot, to, size):
        return os.sendfile(self._fd(to), self._fd(slot), 0, size)

    def _names(self):
        return sorted(os.listdir(self._directory))


def difference(calls, directories, allowed):
    """The first call whose results differ, as (index, results), or None. `allowed(call, results)`
    tells a difference that is documented."""
    players = [Player(directory) for directory in directories]
    found = None
    for index, call in enumerate(calls):
        results = [player.play(call) for player in players]
        if results[0] != results[1] and not allowed(call, results):
            found = index, results
            break
    left = [player.end() for player in players]
    if found is None and left[0] != left[1]:
        found = len(calls), left
    return found


def shrink(calls, differs):
    """A subsequence of `calls` that still differs, from which no call can be left out."""
    size = len(calls)
    while size:
        size = max(size // 2, 1)
        at = 0
        while at < len(calls):
            fewer = calls[:at] + calls[at + size:]
            if differs(fewer):
                calls = fewer
            else:
                at += size
        if size == 1:
            return calls
    return calls
