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

/// Assigns to elements of the lists in a backing. The backing must outlive it. Thread safe:
/// assignments run one at a time, because two to one element would leave a mixture of both.
class ElementAssigner {
 public:
  explicit ElementAssigner(const Directory& backing) : backing_(backing) {}

  /// As AssignElement, and a kill at any moment leaves the old value or the new one: a change of
  /// type takes several stores, so that a journal entry comes first, which CleanStaging finishes.
  /// If no entry can be written (memory is full, or this thread may not write to the backing),
  /// assigns without one.
  Status Assign(BlockFile& file, const ListShape& shape, std::uint64_t index, const Value& value);
  /// As PatchText.
  Result<std::optional<std::size_t>> Patch(BlockFile& file, const ListShape& shape,
                                           std::uint64_t index, const TextPatch& patch);

 private:
  const Directory& backing_;
  std::mutex mutex_;
};

}  // namespace shmount
