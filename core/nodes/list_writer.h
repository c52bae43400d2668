// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/backing/directory.h"
#include "core/nodes/node_table.h"
#include "core/store/journaled_assign.h"

namespace shmount {

/// Assigns to the elements of lists, and sees after each assignment that the list still is one, so
/// that the event of it need not be looked into. Any thread; what it is made from outlives it.
class ListWriter {
 public:
  /// `events` says whether there are events.
  ListWriter(const Directory& backing, NodeTable& nodes, const std::atomic<bool>& events);

  /// Whether each change of a file in the backing gives it another time (HasFineTimes).
  bool fine_times() const { return fine_times_; }

  /// As ElementAssigner::Assign.
  Status Assign(BlockFile& file, const ListShape& shape, std::uint64_t index, const Value& value);

  /// As ElementAssigner::Patch.
  Result<std::optional<std::size_t>> Patch(BlockFile& file, const ListShape& shape,
                                           std::uint64_t index, const TextPatch& patch);

  /// NodeTable::IsOwnWrite for the event of a name in the backing, with what the name stands for;
  /// nothing where it has to be looked into. It waits for an assignment under way.
  std::optional<FileStat> OwnWrite(const char* name, unsigned closes);

 private:
  void SeeAgain(const BlockFile& file, const ListShape& shape);

  const Directory& backing_;
  NodeTable& nodes_;
  const std::atomic<bool>& events_;
  const bool fine_times_;
  std::mutex mutex_;
  ElementAssigner assigner_;
};

}  // namespace shmount
