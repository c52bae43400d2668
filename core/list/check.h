// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"

namespace shmount {

/// Something wrong with a list.
struct Damage {
  std::optional<std::uint64_t> element;  ///< absent: it concerns the list as a whole
  std::uint64_t offset = 0;              ///< where in the block the wrong bytes begin
  std::string what;
};

struct ListCheck {
  bool is_list = false;            ///< it is recognised as one, whatever is damaged in it
  std::optional<ListShape> shape;  ///< of the list, or of the one that it nearly is
  std::uint64_t damages = 0;
};

/// Searches for every kind of damage in the list that a block of `size` bytes is or nearly is, and
/// calls `found` for each, in the order of the elements. For a block that is no list, the first is
/// what it lacks to be one. Nobody should write to it meanwhile. Fails only if reading fails.
Result<ListCheck> CheckList(const BlockIo& io, std::uint64_t size, bool has_list_xattr,
                            const std::function<void(const Damage&)>& found);

}  // namespace shmount
