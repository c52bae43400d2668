// SPDX-License-Identifier: Apache-2.0
// Some operations take several steps that no single rename can replace. Such an operation first
// writes a journal entry to the staging directory, and removes it at its end. If the process is
// killed meanwhile, the entry remains, and the next process that cleans the staging directory
// finishes the operation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging_area.h"
#include "core/value/value.h"

namespace shmount {

/// Returns the name in the backing of the inode with this number. ENOENT.
using NameOfInode = std::function<Result<std::string>(std::uint64_t)>;

/// A journal entry. The destructor removes it.
class JournalEntry {
 public:
  /// Records that element `index`, in the list whose block has the number `ino`, is assigned
  /// `value`, of another type.
  static Result<JournalEntry> OfAssignment(const StagingArea& area, std::uint64_t ino,
                                           std::uint64_t index, const Value& value);
  /// Records that the inode with the number `ino` is removed once it has the name `name`.
  static Result<JournalEntry> OfRemoval(const StagingArea& area, std::uint64_t ino,
                                        const std::string& name);
  ~JournalEntry();
  JournalEntry(JournalEntry&& other) noexcept = default;
  JournalEntry& operator=(JournalEntry&&) = delete;

  /// Whether `name`, in a staging directory, is that of an entry.
  static bool IsName(std::string_view name);
  /// The number of the block that an entry assigns to; 0 if it records something else.
  static std::uint64_t AssignedInode(const BlockFile& entry);
  /// Finishes the operation that an entry records, if it was begun, with the rights of this thread.
  /// Fails only if a later attempt may succeed, for example if a file could not be read.
  static Status Finish(const Directory& backing, const BlockFile& entry,
                       const NameOfInode& name_of);

 private:
  JournalEntry(Staging staging, std::string name, BlockFile file)
      : staging_(std::move(staging)), name_(std::move(name)), file_(std::move(file)) {}
  static Result<JournalEntry> Write(const StagingArea& area, const std::string& text);

  Staging staging_;
  std::string name_;
  BlockFile file_;  // its lock tells that this process is alive
};

}  // namespace shmount
