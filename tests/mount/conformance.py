# SPDX-License-Identifier: Apache-2.0
"""Random sequences of system calls, each played in two directories: results and files must be the same. A sequence
that differs is shrunk to the calls that are needed."""

import errno
import fcntl
import itertools
import mmap
import os
import random
import stat

import syscalls

NAMES = ["a", "b", "c", "block with spaces", "ü"]
DIRECTORIES = ["d", "e"]  # drafts at the mount, in which files can have any names that are no element's
INSIDE = ["d/x", "d/y", "e/x"]
ALL = [*NAMES, *NAMES, *INSIDE, *DIRECTORIES]
SLOTS = 6  # files that a player can have open at once, of which
MAPPED = 3  # are blocks: files in a draft cannot be mapped
FLAGS = [
    os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND, os.O_NOFOLLOW, os.O_CLOEXEC, os.O_DIRECTORY, os.O_NOATIME,
    os.O_NONBLOCK, os.O_SYNC,
]  # fmt: skip
COMMON = {os.O_CREAT: 0.6, os.O_DIRECTORY: 0.03}  # how often; otherwise 0.15
FALLOCATE = [0, 1, 2, 3, 8, 16, 17, 32, 64]  # also KEEP_SIZE, PUNCH, COLLAPSE, ZERO, INSERT, UNSHARE
XATTRS = ["user.one", "user.two", "user.", "nothing", "system.posix_acl_access"]
OWNERS = [(0, -1), (12345, -1), (-1, 0), (-1, 12345), (0, 0), (12345, 12345), (0, 12345)]
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
        name, slot, size = r.choice(ALL), r.randrange(SLOTS), r.choice(SIZES)
        directory, block = r.choice(DIRECTORIES), r.randrange(MAPPED)
        opened = r.choice([(r.choice(NAMES), block), (r.choice([*INSIDE, *DIRECTORIES]), r.randrange(MAPPED, SLOTS))])
        flags = r.choice([os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR, os.O_RDWR])
        for flag in FLAGS:
            flags |= flag if r.random() < COMMON.get(flag, 0.15) else 0
        # Between the root, a list and a draft the mount answers EXDEV, and a draft has no links.
        pair = r.choice([r.choices(NAMES, k=2), r.choices([*NAMES, *DIRECTORIES], k=2), r.choices(INSIDE[:2], k=2)])
        return r.choice([
            *[("open", *opened, flags, r.choice([0o600, 0o644, 0o666, 0o400]))] * 6,
            *[("close", slot)] * 2,
            *[("write", slot, self._bytes())] * 3,
            *[("read", slot, size)] * 2,
            *[("pwrite", slot, self._bytes(), size)] * 2,
            ("pread", slot, size, r.choice(SIZES)),
            ("seek", slot, r.choice([*SIZES, -1]), r.randrange(5)),
            ("ftruncate", slot, size),
            ("truncate", name, size),
            *[("fallocate", slot, r.choice(FALLOCATE), size, r.choice(SIZES))] * 2,
            ("store", block, size, r.choice(b"howdy")),
            ("remove", block, size),
            *[("rename", *pair, r.choice([0, 0, 1, 2, 3, 8]))] * 2,
            ("link", *r.choices(NAMES, k=2)),
            *[("unlink", name)] * 2,
            ("rmdir", r.choice([name, directory])),
            ("mkdir", r.choice([*NAMES, *DIRECTORIES, *DIRECTORIES]), r.choice([0o700, 0o755, 0o1777, 0o2750])),
            ("mknod", name, r.choice([0o600, 0o444, stat.S_IFREG | 0o640])),
            ("special", r.choice([*NAMES, *INSIDE]), r.choice(["fifo", "link", "socket", "unnamed", "whiteout"])),
            ("chmod", r.choice([*NAMES, *INSIDE]), r.choice([0o600, 0o640, 0o444, 0o000, 0o1755, 0o4711, 0o2770])),
            ("chmod", directory, r.choice([0o700, 0o750, 0o1777, 0o3730])),  # without a w it is sealed
            ("fchmod", slot, r.choice([0o600, 0o640, 0o744])),
            ("fchown", slot, *r.choice(OWNERS)),
            ("futime", slot, r.randrange(2**31), r.choice(["now", "omit", 0, 10**18])),
            ("chown", name, *r.choice(OWNERS)),
            ("utime", name, r.randrange(2**31), r.randrange(2**31)),
            ("setxattr", name, r.choice(XATTRS), self._bytes()[:20], r.randrange(3)),
            ("getxattr", name, r.choice(XATTRS)),
            ("removexattr", name, r.choice(XATTRS)),
            ("listxattr", name),
            ("fsetxattr", slot, r.choice(XATTRS), self._bytes()[:20], r.randrange(3)),
            ("fgetxattr", slot, r.choice(XATTRS)),
            *[("stat", name)] * 2,
            ("volume",),
            ("fstat", slot),
            ("access", name, r.choice([os.F_OK, os.R_OK, os.W_OK])),
            ("lock", slot, r.choice([fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_UN])),
            ("sync", slot),
            ("copy", slot, r.randrange(SLOTS), size),
            ("copy_range", slot, r.randrange(SLOTS), size, r.choice(SIZES), r.choice(SIZES)),
            ("pwritev", slot, self._bytes(), size, r.choice([0, os.RWF_APPEND, os.RWF_SYNC])),
            *[("names", ".")] * 2,
            ("names", directory),
            ("names_meanwhile", r.choice([".", directory]), r.randrange(3)),
        ])


class Player:
    """Makes calls in one directory. A result is a value, or the name of an errno."""

    def __init__(self, directory):
        self._directory = directory
        self._files = [None] * SLOTS
        self._directories = set()  # slots

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
        left = {}
        for directory, below, names in os.walk(self._directory, topdown=False):
            for name in sorted(names):
                path = os.path.join(directory, name)
                os.chmod(path, 0o600)
                with open(path, "rb") as file:
                    left[os.path.relpath(path, self._directory)] = file.read()
                os.unlink(path)
            for name in below:
                left[name] = None
                os.rmdir(os.path.join(directory, name))
        return left

    def _path(self, name):
        return f"{self._directory}/{name}"

    def _fd(self, slot):
        if self._files[slot] is None:
            raise LookupError(slot)
        return self._files[slot]

    def _file(self, slot):
        """A file, not a directory: shmount(8) says why directories are not compared."""
        if slot in self._directories:
            raise LookupError(slot)
        return self._fd(slot)

    @staticmethod
    def _told(st):
        return stat.filemode(st.st_mode), st.st_nlink, st.st_uid, st.st_gid, st.st_size, st.st_blocks

    def _open(self, name, slot, flags, mode):
        fd = os.open(self._path(name), flags, mode)
        self.play(("close", slot))
        self._files[slot] = fd
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            self._directories.add(slot)
        return "opened"

    def _close(self, slot):
        fd = self._fd(slot)
        self._files[slot] = None
        self._directories.discard(slot)
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
        return os.lseek(self._file(slot), at, whence)

    def _ftruncate(self, slot, size):
        os.ftruncate(self._fd(slot), size)

    def _truncate(self, name, size):
        os.truncate(self._path(name), size)

    def _fallocate(self, slot, mode, at, length):
        syscalls.fallocate(self._fd(slot), mode, at, length)

    def _store(self, slot, at, byte):
        """Stores through a mapping, if the file is long enough to have the byte."""
        fd = self._fd(slot)
        if os.fstat(fd).st_size <= at:
            return "short"
        with mmap.mmap(fd, 0) as memory:
            before, memory[at] = memory[at], byte
        return before

    def _remove(self, slot, at):
        """Punches a hole through a mapping."""
        fd = self._fd(slot)
        if os.fstat(fd).st_size <= at:
            return "short"
        with mmap.mmap(fd, 0) as memory:
            return memory.madvise(mmap.MADV_REMOVE, at // mmap.PAGESIZE * mmap.PAGESIZE, mmap.PAGESIZE)

    def _rename(self, name, new_name, flags):
        syscalls.rename2(self._path(name), self._path(new_name), flags)

    def _link(self, name, new_name):
        os.link(self._path(name), self._path(new_name))

    def _unlink(self, name):
        os.unlink(self._path(name))

    def _rmdir(self, name):
        os.rmdir(self._path(name))

    def _mkdir(self, name, mode):
        os.mkdir(self._path(name), mode)

    def _mknod(self, name, mode):
        os.mknod(self._path(name), mode)

    def _special(self, name, kind):
        """Makes a file of a kind that a mount refuses. A tmpfs makes it, and it is removed there."""
        path = self._path(name)
        if kind == "unnamed":
            os.close(os.open(os.path.dirname(path), os.O_TMPFILE | os.O_RDWR, 0o600))
            return
        if kind == "whiteout":
            syscalls.rename2(path, path + "~", syscalls.RENAME_WHITEOUT)
            os.unlink(path)
            os.rename(path + "~", path)
            return
        if kind == "link":
            os.symlink("a", path)
        else:
            os.mknod(path, 0o600 | (stat.S_IFIFO if kind == "fifo" else stat.S_IFSOCK))
        os.unlink(path)

    def _fchmod(self, slot, mode):
        os.fchmod(self._file(slot), mode)

    def _fchown(self, slot, uid, gid):
        os.fchown(self._file(slot), uid, gid)

    def _futime(self, slot, accessed, modified):
        fd = self._file(slot)
        before = os.fstat(fd).st_mtime_ns
        syscalls.futimens(fd, accessed * 10**9, modified)
        st = os.fstat(fd)
        return st.st_atime, {"now": st.st_mtime_ns > 2**60, "omit": st.st_mtime_ns == before}.get(modified, st.st_mtime_ns)

    def _chmod(self, name, mode):
        if os.path.isdir(self._path(name)) and not mode & 0o222:
            return "would seal it"
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

    def _fsetxattr(self, slot, attribute, value, flags):
        os.setxattr(self._file(slot), attribute, value, flags)

    def _fgetxattr(self, slot, attribute):
        return os.getxattr(self._file(slot), attribute), sorted(os.listxattr(self._file(slot)))

    def _volume(self):
        told = os.statvfs(self._directory)
        return told.f_bsize, told.f_frsize, told.f_blocks, told.f_files, told.f_namemax

    def _stat(self, name):
        return self._told(os.stat(self._path(name)))

    def _fstat(self, slot):
        return self._told(os.fstat(self._file(slot)))

    def _access(self, name, mask):
        return os.access(self._path(name), mask)

    def _lock(self, slot, operation):
        fcntl.flock(self._fd(slot), operation | fcntl.LOCK_NB)

    def _sync(self, slot):
        os.fsync(self._fd(slot))

    def _copy(self, slot, to, size):
        return os.sendfile(self._fd(to), self._fd(slot), 0, size)

    def _copy_range(self, slot, to, size, at, to_at):
        return os.copy_file_range(self._fd(slot), self._fd(to), size, at, to_at)

    def _pwritev(self, slot, data, at, flags):
        return os.pwritev(self._fd(slot), [data[:3], data[3:]], at, flags)

    def _names(self, directory):
        return sorted(os.listdir(self._path(directory)))

    def _names_meanwhile(self, directory, before):
        """Names that exist all the time are listed once, whatever is made and removed after some were read."""
        path = self._path(directory)
        with os.scandir(path) as entries:
            seen = [entry.name for entry in itertools.islice(entries, before)]
            os.close(os.open(f"{path}/comes", os.O_CREAT | os.O_EXCL, 0o600))
            seen += [entry.name for entry in entries]
            os.unlink(f"{path}/comes")
        return sorted(name for name in seen if name != "comes")


def difference(calls, directories, allowed):
    """The first call whose results differ, as (index, results), or None. `allowed(call, results)` says whether a
    difference is documented."""
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
