// SPDX-License-Identifier: Apache-2.0
// A program that links core itself, and the library with the core inside it: neither takes the
// other's names.
#include <shmount/shmount.h>

#include <cstdint>
#include <cstdio>
#include <exception>

#include "core/backing/directory.h"
#include "core/list/build.h"
#include "core/store/create.h"
#include "core/value/value.h"

namespace {

int Run() {
  const auto shm = shmount::Directory::OpenBacking("/dev/shm");
  shmount::ListBuilder builder;
  const bool made = shm && builder.Add(shmount::Bytes{"raw"}) && builder.Add(std::int64_t{7}) &&
                    shmount::MakeList(*shm, "lib_core", builder, 0600);
  if (!made) {
    std::puts("core made no list");
    return 1;
  }
  const auto list = libshmount::ShareableList::Attach("lib_core");
  list.shm().Unlink();
  const bool same = list.Get(0) == libshmount::Value(libshmount::Bytes{"raw"}) &&
                    list.Get(1) == libshmount::Value(7);
  return same ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return Run();
  } catch (const std::exception& error) {
    std::puts(error.what());
    return 1;
  }
}
