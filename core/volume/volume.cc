// SPDX-License-Identifier: Apache-2.0
#include "core/volume/volume.h"

#include <fcntl.h>

#include <cstdint>

#include "core/backing/directory.h"
#include "core/backing/stacked.h"
#include "core/lifetime/manager_release.h"
#include "core/nodes/block_node.h"
#include "core/nodes/resolve.h"
#include "core/store/manager_lock.h"
#include "core/store/recover.h"
#include "core/volume/by_number.h"
#include "core/volume/xattr.h"

namespace shmount {
namespace {

void CleanLeftovers(const Directory& backing, bool multi_user) {
  if (multi_user) {
    CleanEveryStaging(backing);
  } else {
    CleanStaging(backing);
  }
}

}  // namespace

Volume::Volume(std::unique_ptr<VolumeState> state) : state_(std::move(state)) {}

// Removes leftovers that could not be removed earlier for lack of memory or descriptors.
Volume::~Volume() {
  state_->staging.DropKept();
  CleanLeftovers(state_->backing, state_->options.multi_user);
}

Result<std::unique_ptr<Volume>> Volume::Open(VolumeOptions options) {
  auto backing = TRY(Directory::OpenBacking(options.backing));
  if (!options.manager.empty()) {
    TRY(MayBeManaged(backing));
  }
  if (options.multi_user) {
    TRY(ActAs::Check());
  }
  CleanLeftovers(backing, options.multi_user);
  auto state = std::make_unique<VolumeState>(std::move(options), std::move(backing));
  if (!state->options.manager.empty()) {
    auto claim = ClaimManager(state->staging, state->options.manager);
    if (!claim) {
      return Fail(claim.error().code, "manager '" + state->options.manager + "'");
    }
    state->manager_claim.emplace(*std::move(claim));
    state->managed = std::make_unique<Managed>(state->options.manager);
  }
  return std::unique_ptr<Volume>(new Volume(std::move(state)));
}

void Volume::ReleaseManaged() {
  if (!state_->managed) {
    return;
  }
  const auto done =
      shmount::ReleaseManaged(state_->staging, *state_->managed,
                              [this](const std::string& message) { state_->Log(message); });
  if (!done) {
    state_->Log("releasing what belongs to the manager: " + done.error().where);
  }
}

const VolumeOptions& Volume::options() const { return state_->options; }

std::string Volume::HeldPath() const {
  return "/proc/self/fd/" + std::to_string(state_->backing.fd());
}

void Volume::SetAccess(Access access) { state_->options.access = access; }

Result<Found> Volume::Lookup(NodeId parent, const char* name, const Caller& caller) {
  if (std::string_view(name) == ".") {
    return LookupByNumber(*state_, parent, caller);
  }
  if (std::string_view(name) == "..") {
    return parent.role() == Role::kDirectory ? LookupByNumber(*state_, NodeId::Root(), caller)
                                             : Fail(ENOTDIR, "lookup of ..");
  }
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  auto found = directory->Lookup(name);
  if (found && state_->second_looks.IsLooking(caller.pid)) {
    found->attr_ttl = 0;  // the repeated call has to come here, not be answered by the cache
  }
  return found;
}

int Volume::Answer(int code, bool looked_up, const Caller& caller) {
  SecondLooks& looks = state_->second_looks;
  if (code == ESTALE && !looks.HasLooked(caller.pid)) {
    if (!looks.IsLooking(caller.pid)) {
      looks.Begin(caller.pid, std::nullopt);
    }
    return ESTALE;
  }
  if (!looked_up || code == ESTALE) {
    looks.End(caller.pid);
  } else if (code != 0) {
    looks.Miss(caller.pid);
  }
  return code == ESTALE ? ENOENT : code;
}

void Volume::Forget(NodeId id, std::uint64_t lookups) {
  if (!id.is_root()) {
    state_->nodes.Forget(id.ino(), lookups);
  }
}

bool Volume::HoldsLooks() const { return state_->second_looks.any(); }

void Volume::DropLooks() { state_->second_looks.Clear(); }

Result<Attr> Volume::GetAttr(NodeId id, const Caller& caller) {
  if (id.role() == Role::kDirectory) {
    const auto directory = TRY(ResolveDirectory(*state_, id, caller));
    return directory->GetAttr();
  }
  if (IsListFile(id)) {
    const auto list = TRY(ResolveListToRead(*state_, id, caller));
    return list->FileAttr(id);
  }
  return GetBlockAttr(*state_, id, caller);
}

Result<Attr> Volume::SetAttr(NodeId id, const AttrChange& change, FileHandle* handle,
                             const Caller& caller) {
  if (id.role() == Role::kDirectory) {
    const auto directory = TRY(ResolveDirectory(*state_, id, caller));
    return directory->SetAttr(change);
  }
  if (IsListFile(id)) {
    const int access = change.size ? O_RDWR : O_RDONLY;
    const auto list = TRY(ResolveList(*state_, id, caller, access));
    return list->SetFileAttr(id, change, handle);
  }
  return SetBlockAttr(*state_, id, change, handle, caller);
}

Status Volume::CheckAccess(NodeId id, int mask, const Caller& caller) {
  if (id.is_root()) {
    return state_->AccessRoot(caller, mask);
  }
  const auto inode = TRY(FindBlock(*state_, id, caller));
  const ActAs as = TRY(state_->As(caller));
  if (id.role() == Role::kDirectory && inode.is_block()) {
    return inode.Access(R_OK);  // anyone who may read a list may search it and hide its elements
  }
  return inode.Access(mask);
}

Result<std::string> Volume::ReadLink(NodeId id) {
  if (id.role() != Role::kLink) {
    return Fail(EINVAL, "no link");
  }
  const auto location = TRY(FindLocation(*state_, id));
  return state_->LinkTarget(location.name);
}

Result<std::unique_ptr<FileHandle>> Volume::Open(NodeId id, int flags, const Caller& caller) {
  if (IsListFile(id)) {
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    const auto list = TRY(ResolveList(*state_, id, caller, writes ? O_RDWR : O_RDONLY));
    return list->OpenFile(id, flags);
  }
  if (id.role() != Role::kBlock) {
    return Fail(id.role() == Role::kLink ? ELOOP : EISDIR, "open");
  }
  return OpenBlock(*state_, id, flags, caller);
}

Result<Opened> Volume::Create(NodeId parent, const char* name, mode_t mode, int flags,
                              const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller, O_RDWR));
  return directory->Create(name, mode, flags);
}

Result<Found> Volume::MakeNode(NodeId parent, const char* name, mode_t mode, const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  return directory->MakeNode(name, mode);
}

Result<Found> Volume::MakeDirectory(NodeId parent, const char* name, mode_t mode,
                                    const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  return directory->MakeDirectory(name, mode);
}

Result<Found> Volume::Link(NodeId id, NodeId parent, const char* name, const Caller& caller) {
  if (id.role() != Role::kBlock || FindDraftLocation(*state_, id)) {
    return Fail(EPERM, name);
  }
  const auto inode = TRY(FindBlock(*state_, id, caller));
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  TRY(directory->Link(inode, name));
  // Reply with the linked file, even if it is a list's block: the next lookup shows it as a list.
  const auto st = TRY(inode.Restat());
  state_->nodes.Remember(KeyOf(st), {0, 0, name}, {.is_list = false, .size = st.st_size});
  return Found{id, st, 0, 0};
}

Status Volume::Unlink(NodeId parent, const char* name, const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  return directory->Unlink(name);
}

Status Volume::RemoveDirectory(NodeId parent, const char* name, const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller));
  return directory->RemoveDirectory(name);
}

Status Volume::Rename(NodeId parent, const char* name, NodeId new_parent, const char* new_name,
                      unsigned flags, const Caller& caller) {
  if ((flags & RENAME_WHITEOUT) != 0) {
    return Fail(EINVAL, name);  // it would leave a device, which no mount shows
  }
  if (parent != new_parent) {
    return Fail(EXDEV, new_name);  // mv(1) then copies, which converts a block to an element
  }
  const auto directory = TRY(ResolveDirectory(*state_, parent, caller, O_RDWR));
  return directory->Rename(name, new_name, flags);
}

Result<std::unique_ptr<DirectoryReader>> Volume::OpenReader(NodeId id, const Caller& caller) {
  const auto directory = TRY(ResolveDirectory(*state_, id, caller));
  return directory->OpenReader();
}

NameCache Volume::RootNames() const {
  if (!state_->events) {
    return {};
  }
  const auto st = state_->backing.Stat();
  return {.fill = true, .keep = st && state_->listing.IsOf(*st, state_->nodes.size())};
}

Result<std::string> Volume::GetXattr(NodeId id, const char* name, const Caller& caller) {
  return shmount::GetXattr(*state_, id, name, caller);
}

Result<std::string> Volume::ListXattr(NodeId id, const Caller& caller) {
  return shmount::ListXattr(*state_, id, caller);
}

Status Volume::SetXattr(NodeId id, const char* name, std::string_view value, int flags,
                        const Caller& caller) {
  return shmount::SetXattr(*state_, id, name, value, flags, caller);
}

Status Volume::RemoveXattr(NodeId id, const char* name, const Caller& caller) {
  return shmount::RemoveXattr(*state_, id, name, caller);
}

std::string Volume::PathOf(NodeId id) const { return shmount::PathOf(*state_, id); }

void Volume::SetEvents(bool events) {
  if (events && !state_->events) {
    (void)ReviewRights();  // earlier changes raised no event
  }
  state_->events = events;
}

bool Volume::ReviewRights() { return shmount::ReviewRights(*state_); }

std::vector<Invalidation> Volume::Changes(const Event& event) {
  return shmount::Changes(*state_, event);
}

std::vector<Invalidation> Volume::Everything() const { return shmount::Everything(*state_); }

Result<struct statvfs> Volume::StatFs() const { return state_->backing.StatFs(); }

bool Volume::IsStacked() const { return shmount::IsStacked(state_->backing).value_or(false); }

}  // namespace shmount
