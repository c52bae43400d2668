// SPDX-License-Identifier: Apache-2.0
// A program with names of its own in the namespaces that the library uses inside. Linked with
// -rdynamic, so that the library would call these if its own names were not hidden.
#include <shmount/shmount.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace shmount {

template <class T>
struct Result {
  T value;
};
struct Value {};
struct Bytes {};

bool IsUtf8(std::string_view) {
  std::puts("the library called the program's IsUtf8");
  std::exit(1);
}

std::string NovelBlockName() {
  std::puts("the library called the program's NovelBlockName");
  std::exit(1);
}

}  // namespace shmount

namespace shm {
struct SharedMemory {};
}  // namespace shm

int main() {
  const shmount::Result<int> result{7};
  const shm::SharedMemory other;
  auto list = libshmount::ShareableList::Create({"text", result.value});
  list.shm().Unlink();
  (void)other;
  return list.Get(0) == libshmount::Value("text") ? 0 : 1;
}
