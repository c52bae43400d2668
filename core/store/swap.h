// SPDX-License-Identifier: Apache-2.0
// A name in the backing gets another inode by an exchange with something made in a staging
// directory, so that it is never missing. Anyone may give the name to something else just before.
// So an exchange is checked afterwards and taken back where it brought out an inode that was not
// meant. Nothing but the inode that was meant is removed, ever.
//
// What lies in a staging directory on either side of an exchange has a name that says which inodes
// are involved and what is to become of them, for recovery (recover.h) after a kill at any point.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/base/result.h"
#include "core/store/staging.h"

namespace shmount {

/// What becomes of the inode that an exchange brings into the staging directory.
enum class SwapEnd : std::uint8_t {
  kRemoved,   ///< it is replaced, and goes
  kReturned,  ///< it is claimed for a time, and goes back
};

/// A name in a staging directory: `made` is the inode made there, 0 for none; `meant` the inode to
/// be brought there.
struct SwapName {
  std::uint64_t made = 0;
  std::uint64_t meant = 0;
  SwapEnd end = SwapEnd::kRemoved;

  /// A novel name. Parse gives back what it was made from.
  std::string Format() const;
  static std::optional<SwapName> Parse(std::string_view name);
};

/// Exchanges `staged`, an inode made in the staging directory, with `name` in the backing, if that
/// is `meant`. On success `staged` is the name of the inode that was meant. On failure everything
/// is as it was. ESTALE: `name` stands for something else; ENOENT: for nothing; EBUSY: another
/// process changes names; or the errno of the rename.
Status Exchange(const Staging& staging, const std::string& staged, const Directory& backing,
                const std::string& name, const struct stat& meant);

/// Whether a directory goes with the files in it.
enum class Contents : std::uint8_t { kKept, kRemoved };

/// Unlinks `name` from the backing if it is `meant`, a block or a directory. It is moved out of
/// sight and looked at before it is removed. ESTALE, ENOENT, EBUSY as above; ENOTEMPTY for a
/// directory whose files are kept.
Status RemoveMeant(const Directory& backing, const std::string& name, const struct stat& meant,
                   Contents contents);

/// Moves `staged` to `name` in the backing or, where that is taken, to `name` and a number. The
/// last resort for an inode that has lost its place to somebody else's change meanwhile: it keeps a
/// name that its owner finds.
Status GiveBack(const Directory& staging, const std::string& staged, const Directory& backing,
                const std::string& name);

/// Calls `rename`, which moves `moved` to other directories. To move a directory takes the right to
/// write it, unless one is root: where it has no write bit it gets one meanwhile.
Status RenameWritable(std::initializer_list<const Inode*> moved,
                      const std::function<Status()>& rename);

/// Whether two are the same file.
bool SameFile(const struct stat& one, const struct stat& other);

}  // namespace shmount
