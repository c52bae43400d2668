# SPDX-License-Identifier: Apache-2.0
"""The rooms of core/README.md: who may include whom, no cycles between modules, a source for each header.
A module is a header and the source of the same name."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).parents[2]

# Each room, and all that it may include beside itself: rooms, or single headers.
ROOMS = {"base": set()}
for _room, _below in {
    "value": ["base"],
    "list": ["value"],
    "backing": ["list"],
    "store": ["backing"],
    "nodes": ["store"],
    "proc": ["base"],
    "lifetime": ["store", "proc"],
    "volume": ["nodes", "lifetime"],
}.items():
    ROOMS[_room] = set(_below).union(*(ROOMS[below] for below in _below))
LIBRARY = set(ROOMS) - {"nodes", "volume"}
ROOMS["libshmount"] = LIBRARY
ROOMS["cli"] = {"core/value/utf8.h"}
ROOMS["tools"] = LIBRARY | {"cli"}
ROOMS["fs"] = {"volume", "nodes", "base", "cli", "core/backing/watch.h", "core/backing/node_id.h", "core/value/utf8.h"}

# Headers that only their own room includes.
PRIVATE = {"core/backing/syscall.h"}

# Core builds without these, and prints nothing: what it has to say it returns.
NOT_IN_CORE = re.compile(r"#include <(fuse|CLI/|fmt/|nlohmann/|syslog|systemd/)|\b(stderr|stdout|cerr|cout|argv)\b")


def read_tree(top):
    """{path: text} of the sources that are bound to the order."""
    paths = (path for folder in ("core", "fs", "tools") for path in (top / folder).rglob("*"))
    return {str(path.relative_to(top)): path.read_text() for path in paths if path.suffix in (".h", ".cc")}


def room(path):
    folders = pathlib.PurePath(path).parts
    return folders[1] if folders[0] == "core" or folders[:2] == ("tools", "cli") else folders[0]


def module(path):
    return str(pathlib.PurePath(path).with_suffix(""))


def includes(text):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, flags=re.MULTILINE)


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def against_the_order(tree):
    for path, text in tree.items():
        for target in includes(text):
            if target not in tree:
                if pathlib.PurePath(target).name != "version.h":  # which Meson makes
                    yield f"{path} includes {target}, which is not there"
            elif target in PRIVATE and room(path) != room(target):
                yield f"{path} includes {target}, which is another room's own"
            elif not {room(target), target} & (ROOMS[room(path)] | {room(path)}):
                yield f"{path} includes {target}"
        if path.startswith("core/") and (found := NOT_IN_CORE.search(without_comments(text))):
            yield f"{path} has {found[0]}"


def cycles(tree):
    """The modules that include each other, directly or by way of others (Tarjan's components)."""
    graph = {module(path): set() for path in tree}
    for path, text in tree.items():
        graph[module(path)] |= {module(target) for target in includes(text) if target in tree} - {module(path)}
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for target in graph[node]:
            if target not in number:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], number[target])
        if low[node] == number[node]:
            at = stack.index(node)
            component, stack[at:] = stack[at:], []
            if len(component) > 1:
                found.append(" > ".join(sorted(component)))

    for node in graph:
        if node not in number:
            visit(node)
    return found


def declared_elsewhere(text):
    """The functions that a header declares and does not define: outside of functions' bodies, what ends in a
    parenthesis and a semicolon."""
    text = re.sub(r'"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])+\'', '""', without_comments(text))
    text = re.sub(r"^\s*#(\\\n|[^\n])*", "", text, flags=re.MULTILINE)
    scopes, statement, found = [], "", []
    for char in text:
        if char == "{":
            scopes.append(bool(re.search(r"\b(namespace|class|struct|union|extern)\b[^()]*$", statement)))
            statement = ""
        elif char == "}":
            scopes.pop()
            statement = ""
        elif char != ";":
            statement += char
        else:
            words = re.sub(r"\b(public|private|protected)\s*:", "", statement).strip()
            is_other = re.match(r"(using|typedef|static_assert|friend)\b", words)
            is_variable = "=" in words.split("(")[0].replace("operator=", "")
            is_call = re.search(r"\w\s*\(.*\)\s*(const|noexcept|override|final|[&\s])*$", words, flags=re.DOTALL)
            if all(scopes) and is_call and not is_other and not is_variable:
                found.append(" ".join(words.split()))
            statement = ""
    return found


def unpaired(tree):
    """Headers of core whose functions have no source of the same name, and sources without a header. The
    installed library's header is the public one."""
    for path, text in tree.items():
        if not path.startswith("core/"):
            continue
        public = "#include <shmount/shmount.h>" in text and room(path) == "libshmount"
        if path.endswith(".cc") and path[:-3] + ".h" not in tree and not public:
            yield f"{path} has no header"
        if path.endswith(".h") and path[:-2] + ".cc" not in tree and "/include/" not in path:
            for function in declared_elsewhere(text):
                yield f"{path} has no source for: {function}"


def faults(tree):
    return {*against_the_order(tree), *cycles(tree), *unpaired(tree)}


def test_the_tree_is_in_order():
    found = faults(read_tree(TOP))
    assert not found, "\n".join(sorted(found))


def test_the_page_has_the_rooms():
    page = (TOP / "core/README.md").read_text()
    described = set(re.findall(r"^\| `(\w+)/` \|", page, flags=re.MULTILINE))
    assert described == {path.name for path in (TOP / "core").iterdir() if path.is_dir()}


SOUND = {
    "core/base/result.h": "struct Error {\n  int code = 0;\n};\ninline int Fail(int code) { return code; }\n",
    "core/value/value.h": '#include "core/base/result.h"\nint Parse(int base = 10);  // defined in value.cc\n',
    "core/value/value.cc": '#include "core/value/value.h"\nint Parse(int base) { return base; }\n',
    "core/volume/volume.h": """#include "core/value/value.h"
/// Not argv.
class Volume {
 public:
  explicit Volume(int fd) : fd_(Fail(fd)) {}
  virtual ~Volume() = default;
  Volume(const Volume&) = delete;
  virtual int Read(int offset) const = 0;
  int fd() const { return fd_; }
  using Call = int (*)(int);
  friend int Other(int);
  static_assert(sizeof(int) == 4);

 private:
  int fd_ = Fail(-1);
};
""",
    "fs/main.cc": '#include "core/volume/volume.h"\n#include "fs/version.h"\n',
    "tools/shm/main.cc": '#include "core/value/value.h"\n',
}


def test_what_is_sound_is_left_alone():
    assert faults(SOUND) == set()


@pytest.mark.parametrize(
    "path, added, fault",
    [
        ("core/base/result.h", '#include "core/value/value.h"', "core/base/result.h includes core/value/value.h"),
        ("core/value/value.cc", ' # include "core/volume/volume.h"', "core/value/value.cc includes core/volume/volume.h"),
        ("core/proc/process.cc", '#include "core/value/value.h"', "core/proc/process.cc includes core/value/value.h"),
        ("fs/main.cc", '#include "tools/shm/main.cc"', "fs/main.cc includes tools/shm/main.cc"),
        ("fs/main.cc", '#include "core/value/value.h"', "fs/main.cc includes core/value/value.h"),
        ("tools/shm/main.cc", '#include "fs/main.cc"', "tools/shm/main.cc includes fs/main.cc"),
        ("tools/shm/main.cc", '#include "core/volume/volume.h"', "tools/shm/main.cc includes core/volume/volume.h"),
        ("core/value/value.cc", '#include "absent.h"', "core/value/value.cc includes absent.h, which is not there"),
        ("core/value/value.cc", "#include <fuse_lowlevel.h>", "core/value/value.cc has #include <fuse"),
        ("core/value/value.cc", 'void F() { fputs("", stderr); }', "core/value/value.cc has stderr"),
        ("core/value/utf8.cc", "", "core/value/utf8.cc has no header"),
        ("core/value/utf8.h", "bool IsUtf8(int text);", "core/value/utf8.h has no source for: bool IsUtf8(int text)"),
        (
            "core/volume/volume.h",
            "class Table {\n  int\n  Size() const;\n};",
            "core/volume/volume.h has no source for: int Size() const",
        ),
    ],
)  # fmt: skip
def test_what_is_planted_is_found(path, added, fault):
    assert fault in faults(SOUND | {path: SOUND.get(path, "") + added + "\n"})


def test_cycles_are_found():
    """Between modules: each of these files alone includes in one direction."""
    tree = SOUND | {
        "core/store/a.h": "",
        "core/store/a.cc": '#include "core/store/a.h"\n#include "core/store/b.h"\n',
        "core/store/b.h": "",
        "core/store/b.cc": '#include "core/store/b.h"\n#include "core/store/c.h"\n',
        "core/store/c.h": '#include "core/store/a.h"\n',
    }
    assert faults(tree) == {"core/store/a > core/store/b > core/store/c"}


def test_a_private_header_is_its_rooms():
    tree = SOUND | {"core/backing/syscall.h": "", "core/nodes/a.h": '#include "core/backing/syscall.h"\n'}
    assert faults(tree) == {"core/nodes/a.h includes core/backing/syscall.h, which is another room's own"}
