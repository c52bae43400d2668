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

/// What CheckList found out about a block.
struct ListCheck {
  bool is_list = false;            ///< it is recognised as a list, even if damaged
  std::optional<ListShape> shape;  ///< of the list, or of the list that it nearly is
  std::uint64_t damages = 0;
};

/// Searches a block of `size` bytes that is a list, or nearly one, for every kind of damage. Calls
/// `found` for each damage, in the order of the elements. If the block is no list, the first damage
/// says what it lacks to be one. The result is reliable only if no process writes to the block
/// meanwhile. Fails only if reading fails.
Result<ListCheck> CheckList(const BlockIo& io, std::uint64_t size, bool has_list_xattr,
                            const std::function<void(const Damage&)>& found);

}  // namespace shmount
