// SPDX-License-Identifier: Apache-2.0
// To give a name in the backing to another inode, an exchange (RENAME_EXCHANGE) swaps it with one
// made in a staging directory, so that the name exists at every moment. Another process may give
// the name to a third inode just before. So the exchange is checked afterwards, and undone if it
// moved out another inode than the one meant. No other inode is ever removed.
//
// The name in the staging directory, before and after the exchange, says which inodes are involved
// and what is to become of them. After a kill at any point, recovery (recover.h) reads it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/staging.h"
#include "core/store/staging_area.h"

namespace shmount {

/// What happens at the end to the inode that an exchange moves to the staging directory.
enum class SwapEnd : std::uint8_t {
  kRemoved,   ///< it was replaced, and is removed
  kReturned,  ///< it is claimed for a time, and is moved back
};

/// The name of an inode in a staging directory that takes part in an exchange. `made` is the number
/// of the inode made there, 0 for none; `meant` is that of the inode to be moved there.
struct SwapName {
  std::uint64_t made = 0;
  std::uint64_t meant = 0;
  SwapEnd end = SwapEnd::kRemoved;

  /// A new unique name, from which Parse reads these members.
  std::string Format() const;
  static std::optional<SwapName> Parse(std::string_view name);
};

/// Exchanges `staged`, an inode made in the staging directory, with `name` in the backing, if that
/// is `meant`. On success `staged` names the inode that was meant. On failure everything is as it
/// was. ESTALE: `name` is another file's. ENOENT: `name` is absent. EBUSY: another process is
/// exchanging names. Otherwise the errno of the rename.
Status Exchange(const Staging& staging, const std::string& staged, const Directory& backing,
                const std::string& name, const struct stat& meant);

/// Whether to remove a directory together with the files in it.
enum class Contents : std::uint8_t { kKept, kRemoved };

/// Unlinks `name` from the backing if it is `meant`, a block or a directory. The file is moved to
/// the staging directory and checked there before it is removed. ESTALE, ENOENT, EBUSY as above.
/// ENOTEMPTY: the directory has files, which are to be kept.
Status RemoveMeant(const StagingArea& area, const std::string& name, const struct stat& meant,
                   Contents contents);

/// Moves `staged` to `name` in the backing or, if that is taken, to `name` with a number added.
/// This is the last resort for an inode whose name another process has taken meanwhile: its owner
/// can still find it.
Status GiveBack(const Directory& staging, const std::string& staged, const Directory& backing,
                const std::string& name);

/// A move of an inode to a free name, or an exchange of the inodes of two names.
struct Move {
  const Directory& from;
  const std::string& name;
  const Directory& to;
  const std::string& new_name;
  unsigned flags;  ///< RENAME_EXCHANGE or RENAME_NOREPLACE
};

/// Makes `move`, which moves the inodes `moved` to other directories. Anyone but root can move a
/// directory only if they may write it, so a directory without a write bit gets one meanwhile. On
/// failure nothing is moved.
Status RenameWritable(std::initializer_list<const Inode*> moved, const Move& move);

/// Whether two are the same file.
bool SameFile(const struct stat& one, const struct stat& other);

}  // namespace shmount
