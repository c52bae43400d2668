// SPDX-License-Identifier: Apache-2.0
#include "core/lifetime/manager_release.h"

#include "core/backing/directory.h"
#include "core/backing/inode.h"
#include "core/store/swap.h"

namespace shmount {

Status ReleaseManaged(const StagingArea& area, const Managed& managed,
                      const std::function<void(const std::string&)>& report) {
  const Directory& backing = area.backing();
  const auto names = TRY(backing.Names());
  for (const std::string& name : names) {
    const auto inode = backing.Find(name.c_str());
    const auto claim = inode ? managed.ClaimOn(*inode) : std::unexpected(inode.error());
    if (!claim) {
      if (claim.error().code != ENOENT) {
        report("cannot tell whether '" + name + "' is the manager's: " + claim.error().where);
      }
    } else if (*claim == Claim::kDoubtful) {
      report("'" + name + "' bears the manager's ID '" + managed.id() +
             "', which another user may have set: left alone");
    } else if (*claim == Claim::kOurs) {
      const auto gone = RemoveMeant(area, name, inode->stat(), Contents::kRemoved);
      const int code = gone ? 0 : gone.error().code;
      if (code != 0 && code != ENOENT &&
          code != ESTALE) {  // these: its name is gone or another file's
        report("cannot unlink '" + name + "': " + gone.error().where);
      }
    }
  }
  return {};
}

}  // namespace shmount
