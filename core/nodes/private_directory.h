// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/backing/act_as.h"
#include "core/nodes/directory_node.h"
#include "core/nodes/state.h"

namespace shmount {

/// A user's private files in a list (store/private_files.h), for the duration of one call. Their
/// names are none that an element can have. ENOENT: there are no files.
class PrivateDirectory {
 public:
  PrivateDirectory(VolumeState& state, const Location& list, const Caller& caller)
      : state_(state), list_(list), caller_(caller) {}

  Result<Found> Lookup(const char* name) const;
  Result<Opened> Create(const char* name, mode_t mode, int flags) const;
  Status Unlink(const char* name) const;
  Status Rename(const char* name, const char* new_name, unsigned flags) const;
  /// The whole text of a file. EFBIG: it is longer than any element's.
  Result<std::string> Read(const char* name) const;

 private:
  Result<std::unique_ptr<DirectoryNode>> Open() const;

  VolumeState& state_;
  const Location& list_;
  const Caller& caller_;
};

}  // namespace shmount
