// SPDX-License-Identifier: Apache-2.0
// What takes several steps in place, where no rename can put it there whole, is noted in the
// staging directory before the first step. A note outlives only a maker that is killed: whoever
// cleans the staging directory then finishes what it tells of.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/backing/block_file.h"
#include "core/backing/directory.h"
#include "core/base/result.h"
#include "core/store/staging.h"
#include "core/value/value.h"

namespace shmount {

/// Gives an inode's name in the backing. ENOENT.
using NameOfInode = std::function<Result<std::string>(std::uint64_t)>;

/// A note that lasts as long as this object.
class Note {
 public:
  /// That the element `index` of the list whose block is `ino` gets `value`, of another type.
  static Result<Note> OfAssignment(const Directory& backing, std::uint64_t ino, std::uint64_t index,
                                   const Value& value);
  /// That what is `ino` goes once it has the name `name`.
  static Result<Note> OfRemoval(const Directory& backing, std::uint64_t ino,
                                const std::string& name);
  ~Note();
  Note(Note&& other) noexcept = default;
  Note& operator=(Note&&) = delete;

  /// Whether a file in the staging directory has a note's name.
  static bool IsName(std::string_view name);
  /// The block of the assignment that a note tells of; 0 where it tells of none.
  static std::uint64_t AssignedInode(const BlockFile& note);
  /// Finishes what a note tells of, where it has begun: by the rights of this thread. Fails where
  /// that may work another time, as where anything could not be looked at.
  static Status Finish(const Directory& backing, const BlockFile& note, const NameOfInode& name_of);

 private:
  Note(Staging staging, std::string name, BlockFile file)
      : staging_(std::move(staging)), name_(std::move(name)), file_(std::move(file)) {}
  static Result<Note> Write(const Directory& backing, const std::string& text);

  Staging staging_;
  std::string name_;
  BlockFile file_;  // its lock says that the maker lives
};

}  // namespace shmount
