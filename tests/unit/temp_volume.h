// SPDX-License-Identifier: Apache-2.0
// A volume over a private backing, without FUSE.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/backing/act_as.h"
#include "core/backing/block_name.h"
#include "core/volume/volume.h"
#include "tests/unit/temp_backing.h"

namespace shmount {

inline AttrChange WithMode(mode_t mode) {
  AttrChange change;
  change.mode = mode;
  return change;
}

inline AttrChange WithSize(std::uint64_t size) {
  AttrChange change;
  change.size = size;
  return change;
}

class TempVolume : public TempBacking {
 protected:
  struct How {
    Access access = Access::kPassthrough;
    bool semaphores = false;
    bool events = true;
    bool multi_user = false;
  };

  void SetUp() override {
    TempBacking::SetUp();
    if (!IsSkipped()) {
      Start({});
    }
  }

  /// Replaces the volume by one with these options, as a new daemon.
  void Start(const How& how) {
    volume_.reset();
    VolumeOptions options;
    options.backing = path();
    options.access = how.access;
    options.semaphores = how.semaphores;
    options.events = how.events;
    options.multi_user = how.multi_user;
    options.forget_attributes = [this](NodeId id) { forgotten_.push_back(id); };
    options.log = [this](const std::string& line) { log_.push_back(line); };
    volume_ = Volume::Open(std::move(options)).value();
  }

  Volume& volume() { return *volume_; }
  /// The names in the backing, without the staging directory that the volume keeps.
  std::vector<std::string> NamesMade() const {
    auto names = Names();
    std::erase_if(names, [](const std::string& name) { return name.starts_with(kStagingPrefix); });
    return names;
  }
  const Caller& me() const { return me_; }
  const std::vector<std::string>& log() const { return log_; }

  /// The nodes whose attributes the kernel had to forget before a reply, since the last call.
  std::vector<NodeId> TakeForgotten() { return std::exchange(forgotten_, {}); }

  Found Look(const char* name, NodeId parent = NodeId::Root()) {
    return volume().Lookup(parent, name, me_).value();
  }
  NodeId Id(const char* name, NodeId parent = NodeId::Root()) { return Look(name, parent).id; }
  int LookError(const char* name, NodeId parent = NodeId::Root()) {
    return CodeOf(volume().Lookup(parent, name, me_));
  }
  struct stat AttrOf(NodeId id) { return volume().GetAttr(id, me_).value().attr; }
  int AttrError(NodeId id) { return CodeOf(volume().GetAttr(id, me_)); }
  int OpenError(NodeId id, int flags) { return CodeOf(volume().Open(id, flags, me_)); }

  std::string Text(NodeId id) {
    const auto handle = volume().Open(id, O_RDONLY, me_);
    return handle ? ReadAll(**handle) : "errno " + std::to_string(handle.error().code);
  }
  /// The result of `echo -n text > file`.
  int Write(NodeId id, std::string_view text) {
    const auto handle = volume().Open(id, O_WRONLY | O_TRUNC, me_);
    return handle ? WriteTo(**handle, 0, text) : handle.error().code;
  }
  /// The same, but creates the file if it is absent.
  int Make(NodeId parent, const char* name, std::string_view text, mode_t mode = 0600) {
    const auto opened = volume().Create(parent, name, mode, O_WRONLY | O_CREAT, me_);
    return opened ? WriteTo(*opened->handle, 0, text) : opened.error().code;
  }
  int Chmod(NodeId id, mode_t mode) {
    return CodeOf(volume().SetAttr(id, WithMode(mode), nullptr, me_));
  }
  int Rename(const char* from, const char* to, NodeId parent = NodeId::Root(), unsigned flags = 0) {
    return CodeOf(volume().Rename(parent, from, parent, to, flags, me_));
  }
  int Unlink(const char* name, NodeId parent = NodeId::Root()) {
    return CodeOf(volume().Unlink(parent, name, me_));
  }
  int RemoveDirectory(const char* name, NodeId parent = NodeId::Root()) {
    return CodeOf(volume().RemoveDirectory(parent, name, me_));
  }
  NodeId MakeDirectory(const char* name, mode_t mode = 0700) {
    return volume().MakeDirectory(NodeId::Root(), name, mode, me_).value().id;
  }

  /// The names that are listed, without the dots.
  std::vector<std::string> List(NodeId id = NodeId::Root()) {
    const auto listing = volume().OpenReader(id, me_).value();
    std::vector<std::string> names;
    for (Listed listed; listing->Next(listed).value();) {
      if (listed.name != "." && listed.name != "..") {
        names.emplace_back(listed.name);
      }
    }
    return names;
  }

 private:
  const Caller me_{geteuid(), getegid(), getpid()};
  std::vector<std::string> log_;
  std::vector<NodeId> forgotten_;
  std::unique_ptr<Volume> volume_;
};

}  // namespace shmount
