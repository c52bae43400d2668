# SPDX-License-Identifier: Apache-2.0
"""What one process of the load does with names of its own. It knows the content of each and checks it: after a
change through the mount at once, after one in the backing when its event has arrived."""

import fcntl
import hashlib
import mmap
import os
import random
import shutil
import stat
import string
import subprocess
import tempfile
import time
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import ShareableList

import syscalls
from list_support import files, make_draft, names, seal, text, texts, type_name, write

LARGEST = 40_000
MOST = 24  # names of each process
resource_tracker.register = resource_tracker.unregister = lambda *arguments: None


def settled(predicate):
    """Waits until an event has had its effect, for a number of turns and not for a time: the processes may be
    stopped."""
    for turn in range(12_000):
        try:
            if predicate():
                return
        except OSError:
            pass
        time.sleep(min(0.0005 * turn, 0.01))
    predicate()
    raise AssertionError("the mount does not show a change in the backing")


class Block:
    """The expected contents of a file, which may have several names."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.mode = 0o600
        self.attributes = {}


class Owner:
    """`do(kind)` does one of KINDS. Not for more than one thread."""

    def __init__(self, prefix, seed, mnt, backing, shm):
        self._random = random.Random(seed)
        self._prefix = prefix
        self._mnt, self._backing, self._shm = mnt, backing, shm
        self._blocks = {}
        self._lists = {}
        self._rooms = {}
        self._held = []
        self._aside = tempfile.mkdtemp(prefix=prefix)
        self._serial = 0

    def do(self, kind):
        getattr(self, "_do_" + kind)()

    def end(self):
        """Closes everything and returns the expected state: a digest for each block, texts for each list."""
        while self._held:
            self._let_go()
        shutil.rmtree(self._aside)
        blocks = {name: hashlib.sha256(block.data).hexdigest() for name, block in self._blocks.items()}
        lists = {
            name: [text(value).hex() for value in values] for name, values in self._lists.items()
        }
        return {"blocks": blocks, "lists": lists}

    # The names, and a path to each.

    def _new_name(self):
        self._serial += 1
        return f"{self._prefix}{self._random.choice(['a', 'block with spaces', 'ü'])}-{self._serial}"

    def _place(self):
        return self._random.choice([self._mnt, self._backing])

    def _a_block(self):
        if not self._blocks or len(self._blocks) < 4:
            self._do_create()
        return self._random.choice(list(self._blocks))

    def _a_list(self):
        if not self._lists:
            self._do_list_by_mkdir()
        return self._random.choice(list(self._lists))

    def _data(self, length):
        """A unique piece of text, which is never the beginning of a list and has no zeros."""
        seed = hashlib.sha256(self._random.randbytes(8)).hexdigest().encode()
        return (seed * (length // len(seed) + 1))[:length]

    def _value(self, room=None, ascii_only=False):
        """Of any type; not longer than `room`."""
        r = self._random
        length = r.choice([1, r.randrange(1, 60), 7, 8] if room is None else [1, r.randrange(1, room + 1), room])
        value = r.choice([
            r.choice([0, -1, 2**63 - 1, -(2**63), r.getrandbits(60)]),
            r.choice([0.0, -0.0, float("inf"), float("nan"), 5e-324, r.uniform(-1e9, 1e9)]),
            r.random() < 0.5, None, "s", b"b",
        ])  # fmt: skip
        if isinstance(value, str):
            alphabet = string.printable if ascii_only else r.choice([string.printable, "é", "日a", "🐍b\n"])
            value = "".join(r.choices(alphabet, k=length)).encode()[:length].decode(errors="ignore")
        elif isinstance(value, bytes):
            value = bytes(r.choices(range(1, 256), k=length))
        return value

    @staticmethod
    def _room(value):
        if isinstance(value, (str, bytes)):
            length = len(value if isinstance(value, bytes) else value.encode())
            return 8 * (length // 8 + 1)
        return 8

    # Whether the state is as expected.

    def _as_expected(self, where, name):
        path = where / name
        if name in self._blocks:
            block = self._blocks[name]
            st = os.lstat(path)
            # Compare the file itself, too: if it was replaced by an equal one in the backing, its event may not have
            # arrived.
            return (
                stat.S_ISREG(st.st_mode) and stat.S_IMODE(st.st_mode) == block.mode
                and st.st_size == len(block.data) and path.read_bytes() == block.data
                and st.st_ino == os.lstat(self._backing / name).st_ino
            )  # fmt: skip
        if name in self._lists:
            if where == self._backing:
                return stat.S_ISREG(os.lstat(path).st_mode)
            return stat.S_ISDIR(os.lstat(path).st_mode) and files(path) == texts(self._lists[name])
        return not os.path.lexists(path)

    def _shown(self, where, name):
        """The state, as a text for people."""
        path, block = where / name, self._blocks.get(name)
        found = f"{os.lstat(path)}, {path.read_bytes()[:60]!r}" if os.path.lexists(path) else "nothing"
        return f"{path}: {found}; {block and (len(block.data), oct(block.mode), bytes(block.data[:60]))} is expected"

    def _changed(self, where, *changed):
        """Checks names that were changed through the mount or in the backing."""
        for name in changed:
            assert self._as_expected(self._backing, name), f"{where}, {self._shown(self._backing, name)}"
            if where == self._mnt:
                assert self._as_expected(self._mnt, name), self._shown(self._mnt, name)
            else:
                settled(lambda name=name: self._as_expected(self._mnt, name))

    # Blocks.

    def _do_create(self):
        if len(self._blocks) + len(self._lists) >= MOST:
            return self._do_unlink()
        name, where, data = self._new_name(), self._place(), self._data(self._random.randrange(LARGEST))
        fd = os.open(where / name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        assert os.write(fd, data) == len(data)
        os.close(fd)
        self._blocks[name] = Block(data)
        self._changed(where, name)

    def _do_write(self):
        name, where = self._a_block(), self._place()
        data, at = self._data(self._random.randrange(1, 5000)), self._random.randrange(LARGEST)
        fd = os.open(where / name, os.O_RDWR)
        assert os.pwrite(fd, data, at) == len(data)
        assert os.pread(fd, len(data), at) == data
        os.close(fd)
        block = self._blocks[name].data
        block.extend(bytes(max(0, at - len(block))))
        block[at : at + len(data)] = data
        self._changed(where, name)

    def _do_map(self):
        """Stores on one side are seen by loads on the other."""
        name = self._a_block()
        block = self._blocks[name].data
        if not block:
            return
        at = self._random.randrange(len(block))
        data = self._data(min(1000, len(block) - at))
        with open(self._mnt / name, "r+b") as one, open(self._backing / name, "r+b") as other:
            with mmap.mmap(one.fileno(), 0) as mapped, mmap.mmap(other.fileno(), 0) as native:
                assert mapped[:] == native[:] == block
                pair = self._random.sample([mapped, native], 2)
                pair[0][at : at + len(data)] = data
                block[at : at + len(data)] = data
                assert pair[1][:] == block
        self._changed(self._mnt, name)

    def _do_truncate(self):
        name, where = self._a_block(), self._place()
        size = self._random.choice([0, 1, 4096, self._random.randrange(LARGEST)])
        os.truncate(where / name, size)
        block = self._blocks[name].data
        del block[size:]
        block.extend(bytes(size - len(block)))
        self._changed(where, name)

    def _do_punch(self):
        name, where = self._a_block(), self._place()
        at, length = self._random.randrange(LARGEST), self._random.randrange(1, 9000)
        with open(where / name, "r+b") as file:
            syscalls.fallocate(file.fileno(), syscalls.FALLOC_FL_PUNCH_HOLE | syscalls.FALLOC_FL_KEEP_SIZE, at, length)
        block = self._blocks[name].data
        end = min(len(block), at + length)
        if at < end:
            block[at:end] = bytes(end - at)
        self._changed(where, name)

    def _do_rename(self):
        where, old = self._place(), self._a_block()
        new = self._random.choice([self._new_name(), self._a_block()])
        if self._blocks[old] is self._blocks.get(new):
            return  # two names of one file stay
        os.rename(where / old, where / new)
        self._blocks[new] = self._blocks.pop(old)
        self._changed(where, old, new)

    def _do_exchange(self):
        where, one, other = self._place(), self._a_block(), self._a_block()
        syscalls.rename2(where / one, where / other, syscalls.RENAME_EXCHANGE)
        self._blocks[one], self._blocks[other] = self._blocks[other], self._blocks[one]
        self._changed(where, one, other)

    def _do_link(self):
        if len(self._blocks) + len(self._lists) >= MOST:
            return self._do_unlink()
        where, old, new = self._place(), self._a_block(), self._new_name()
        os.link(where / old, where / new)
        self._blocks[new] = self._blocks[old]
        self._changed(where, old, new)

    def _do_unlink(self):
        name, where = self._a_block(), self._place()
        os.unlink(where / name)
        del self._blocks[name]
        self._changed(where, name)

    def _do_hold(self):
        """A descriptor and a mapping outlive the name."""
        if len(self._held) > 3:
            return self._let_go()
        name = self._a_block()
        block = self._blocks[name]
        if list(self._blocks.values()).count(block) > 1 or not block.data:
            return
        fd = os.open(self._mnt / name, os.O_RDWR)
        self._held.append((fd, mmap.mmap(fd, len(block.data)), block.data))
        where = self._place()
        os.unlink(where / name)
        del self._blocks[name]
        self._changed(where, name)

    def _let_go(self):
        fd, mapped, data = self._held.pop(self._random.randrange(len(self._held)))
        assert mapped[:] == data
        mapped[:1] = b"!"
        assert os.pread(fd, len(data) + 1, 0) == b"!" + data[1:]
        mapped.close()
        os.close(fd)

    def _do_chmod(self):
        name, where = self._a_block(), self._place()
        self._blocks[name].mode = self._random.choice([0o600, 0o640, 0o666, 0o444])
        os.chmod(where / name, self._blocks[name].mode)
        self._changed(where, name)

    def _do_xattr(self):
        name, attribute = self._a_block(), self._random.choice(["user.one", "user.two"])
        expected = self._blocks[name].attributes
        if attribute in expected:
            assert os.getxattr(self._place() / name, attribute) == expected.pop(attribute)
            os.removexattr(self._place() / name, attribute)
        else:
            expected[attribute] = self._data(20)
            os.setxattr(self._place() / name, attribute, expected[attribute])
        for where in self._mnt, self._backing:
            assert sorted(os.listxattr(where / name)) == sorted(expected)

    def _do_flock(self):
        """A lock on one side excludes locks on the other."""
        name = self._a_block()
        sides = self._random.sample([self._mnt, self._backing], 2)
        with open(sides[0] / name, "rb") as one, open(sides[1] / name, "rb") as other:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
                raise AssertionError("two have the lock")
            except BlockingIOError:
                pass
            fcntl.flock(one, fcntl.LOCK_UN)
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _do_names(self):
        """Names that nobody touches are listed once, whatever the others do meanwhile."""
        for where in self._mnt, self._backing:
            listed = sorted(entry for entry in os.listdir(where) if entry.startswith(self._prefix))
            assert listed == sorted([*self._blocks, *self._lists]), (where, listed)

    def _do_compare(self):
        name = self._random.choice([self._a_block(), self._a_list()])
        self._changed(self._mnt, name)

    # Lists.

    def _made(self, where, name, values):
        self._lists[name] = values
        self._rooms[name] = [self._room(value) for value in values]
        self._changed(where, name)

    def _values(self, **restriction):
        return [self._value(**restriction) for _ in range(self._random.choice([1, 3, 11, 30]))]

    def _full(self):
        if len(self._lists) >= MOST // 2:
            self._do_list_remove()
            return True
        return False

    def _do_list_by_mkdir(self):
        if self._full():
            return
        name, values = self._new_name(), self._values()
        make_draft(self._mnt / name, values)
        seal(self._mnt / name)
        self._made(self._mnt, name, values)

    def _do_list_by_cp(self):
        """Copies a directory elsewhere, or another list."""
        if self._full():
            return
        name, rooms = self._new_name(), None
        if self._lists and self._random.random() < 0.5:
            old = self._a_list()
            source, values = self._mnt / old, list(self._lists[old])
            rooms = list(self._rooms[old])  # cp -a keeps the storage of an element that needs less by now
        else:
            values = self._values()
            source = self._mnt.__class__(self._aside) / name
            make_draft(source, values)
            seal(source)
        subprocess.run(["cp", "-a", source, self._mnt / name], check=True)
        if source.parent != self._mnt:
            shutil.rmtree(source)
        self._made(self._mnt, name, values)
        self._rooms[name] = rooms or self._rooms[name]

    def _do_list_by_cpython(self):
        if self._full():
            return
        name, values = self._new_name(), self._values(ascii_only=True)
        ShareableList(values, name=name).shm.close()
        self._made(self._backing, name, values)

    def _do_list_by_shm(self):
        if self._full():
            return
        name, values = self._new_name(), self._values()
        lines = "".join(f"{value!r}\n" for value in values)
        subprocess.run([self._shm, "list", name, "-"], input=lines, text=True, check=True)
        self._made(self._backing, name, values)

    def _an_element(self):
        name = self._a_list()
        return name, self._random.randrange(len(self._lists[name]))

    def _do_element_read(self):
        name, index = self._an_element()
        values = self._lists[name]
        for entry in names(values)[index], str(index), str(index - len(values)):
            assert (self._mnt / name / entry).read_bytes() == text(values[index])

    def _do_element_assign(self):
        """Of the same type or of another one, at the mount or by a Python."""
        name, index = self._an_element()
        values = self._lists[name]
        value = self._value(room=self._rooms[name][index])
        if self._random.random() < 0.6:
            width = len(str(len(values) - 1))
            write(self._mnt / name / f"{index:0{width}}.{type_name(value)}", text(value))
        else:
            attached = ShareableList(name=name)
            attached[index] = value
            assert repr(attached[index]) == repr(value)
            attached.shm.close()
        values[index] = value
        self._changed(self._mnt, name)

    def _do_element_refused(self):
        name, index = self._an_element()
        value, code = self._random.choice([
            ("x" * (self._rooms[name][index] + 1), "File too large"), (2**63, "Numerical result out of range"),
        ])  # fmt: skip
        width = len(str(len(self._lists[name]) - 1))
        try:
            write(self._mnt / name / f"{index:0{width}}.{type_name(value)}", text(value))
            raise AssertionError(f"{value} was taken")
        except OSError as error:
            assert error.strerror == code
        self._changed(self._mnt, name)

    def _do_values(self):
        name = self._a_list()
        lines = (self._mnt / name / ".values").read_bytes().splitlines()
        expected = [f"{index}\t{type_name(value)}\t" for index, value in enumerate(self._lists[name])]
        assert len(lines) == len(expected)
        assert all(line.startswith(begin.encode()) for line, begin in zip(lines, expected))

    def _do_list_raw(self):
        """The raw block is the backing's."""
        name = self._a_list()
        assert (self._mnt / name / ".shm").read_bytes() == (self._backing / name).read_bytes()

    def _do_list_rename(self):
        old, new, where = self._a_list(), self._new_name(), self._place()
        os.rename(where / old, where / new)
        self._lists[new], self._rooms[new] = self._lists.pop(old), self._rooms.pop(old)
        self._changed(where, old, new)

    def _do_list_hide(self):
        """An element that is removed is hidden, and shown again when it is created."""
        name, index = self._an_element()
        values = self._lists[name]
        entry = names(values)[index]
        os.unlink(self._mnt / name / entry)
        assert os.listdir(self._mnt / name) == [one for one in names(values) if one != entry]
        write(self._mnt / name / entry, text(values[index]))
        self._changed(self._mnt, name)

    def _do_list_remove(self):
        name = self._a_list()
        how = self._random.randrange(3)
        if how == 0:
            subprocess.run(["rm", "-r", self._mnt / name], check=True)
        elif how == 1:
            os.unlink(self._mnt / name / ".shm")
        else:
            os.unlink(self._backing / name)
        del self._lists[name], self._rooms[name]
        # By .shm it is not a call on the list's own name: the kernel learns of it by the event, as of one in the
        # backing.
        self._changed(self._mnt if how == 0 else self._backing, name)


KINDS = [entry.removeprefix("_do_") for entry in vars(Owner) if entry.startswith("_do_")]
