// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <shmount/shmount.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/backing/block_file.h"

namespace libshmount {

/// A mapping, and the name that it was made by.
struct SharedMemory::State {
  State(std::string own, std::span<std::byte> mapped, Access allowed)
      : name(std::move(own)), bytes(mapped), access(allowed) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { Unmap(); }

  /// Maps the whole of `file`, which is open for `access`. EINVAL for an empty one.
  static std::unique_ptr<State> Map(std::string name, const shmount::BlockFile& file,
                                    Access access);
  void Unmap() noexcept;

  std::string name;
  std::span<std::byte> bytes;  // not to be stored to where `access` is kReadOnly
  Access access;
};

}  // namespace libshmount
