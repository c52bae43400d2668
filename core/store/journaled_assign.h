// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/backing/block_file.h"
#include "core/base/result.h"
#include "core/list/layout.h"
#include "core/list/patch.h"
#include "core/store/staging_area.h"
#include "core/value/value.h"

namespace shmount {

/// Assigns to elements of the lists in a backing. Its staging area must outlive it. Thread safe:
/// assignments run one at a time, because two to one element would leave a mixture of both.
class ElementAssigner {
 public:
  explicit ElementAssigner(const StagingArea& area) : area_(area) {}

  /// As AssignElement, and a kill at any moment leaves the old value or the new one: a change of
  /// type takes several stores, so that a journal entry comes first, which CleanStaging finishes.
  /// If no entry can be written (memory is full, or this thread may not write to the backing),
  /// assigns without one.
  Status Assign(BlockFile& file, const ListShape& shape, std::uint64_t index, const Value& value);
  /// As PatchText.
  Result<std::optional<std::size_t>> Patch(BlockFile& file, const ListShape& shape,
                                           std::uint64_t index, const TextPatch& patch);

 private:
  const StagingArea& area_;
  std::mutex mutex_;
};

}  // namespace shmount
