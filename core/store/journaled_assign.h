// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/list/layout.h"
#include "core/list/patch.h"
#include "core/value/value.h"

namespace shmount {

/// Assigns to the elements of the lists in a backing, which outlives it. Any thread: one at a time
/// assigns, as two at one element would leave a mixture of both.
class ElementAssigner {
 public:
  explicit ElementAssigner(const Directory& backing) : backing_(backing) {}

  /// AssignElement, after which a kill at any moment leaves the old value or the new one: a change
  /// of type takes several stores, and is noted first for CleanStaging to finish. Where no note can
  /// be made (a full memory, a backing that this thread may not write) it goes without.
  Status Assign(BlockFile& file, const ListShape& shape, std::uint64_t index, const Value& value);
  /// PatchText.
  Result<std::optional<std::size_t>> Patch(BlockFile& file, const ListShape& shape,
                                           std::uint64_t index, const TextPatch& patch);

 private:
  const Directory& backing_;
  std::mutex mutex_;
};

}  // namespace shmount
