// SPDX-License-Identifier: Apache-2.0
// access make NAME MODE | read NAME | store NAME | assign NAME: does one thing with a block, for a
// test that does it as another user. Prints what came of it, or the error's number.
#include <shmount/shmount.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace {

using libshmount::Access;
using libshmount::ShareableList;
using libshmount::SharedMemory;

int Run(const std::string& what, const std::string& name, const char* mode) {
  if (what == "make") {
    ShareableList::Create({"from C++", 7}, name,
                          static_cast<mode_t>(std::strtoul(mode, nullptr, 8)));
  } else if (what == "read") {
    const auto list = ShareableList::Attach(name, Access::kReadOnly);
    std::printf("%s\n", std::get<std::string>(list.Get(0)).c_str());
  } else if (what == "store") {  // what no caller can do but by force
    const auto block = SharedMemory::Attach(name, Access::kReadOnly);
    std::memset(const_cast<std::byte*>(block.bytes().data()), 0, 1);
  } else if (what == "assign") {
    ShareableList::Attach(name).Set(0, "assigned");
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    return 2;
  }
  try {
    return Run(argv[1], argv[2], argc > 3 ? argv[3] : "");
  } catch (const std::system_error& error) {
    std::printf("%d %s\n", error.code().value(), error.what());
    return 1;
  }
}
