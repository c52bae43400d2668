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
#include "core/store/staging_area.h"

namespace shmount {

/// Assigns to elements of lists, and checks after each assignment that the block still is a list,
/// so that the event of the assignment need not be examined. Thread safe. The arguments of the
/// constructor must outlive it.
class ListWriter {
 public:
  /// `events` says whether changes in the backing raise events.
  ListWriter(const StagingArea& area, NodeTable& nodes, const std::atomic<bool>& events);

  /// Whether every change of a file in the backing gives it another time (HasFineTimes).
  bool fine_times() const { return fine_times_; }

  /// As ElementAssigner::Assign.
  Status Assign(BlockFile& file, const ListShape& shape, std::uint64_t index, const Value& value);

  /// As ElementAssigner::Patch.
  Result<std::optional<std::size_t>> Patch(BlockFile& file, const ListShape& shape,
                                           std::uint64_t index, const TextPatch& patch);

  /// For an event of `name` in the backing: if only this daemon's own writes caused it
  /// (NodeTable::IsOwnWrite), returns the file's attributes; otherwise nothing, and the event must
  /// be examined. Waits for a current assignment to end.
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
