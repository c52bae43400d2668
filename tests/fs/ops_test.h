// SPDX-License-Identifier: Apache-2.0
// The table of callbacks over a private backing.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "fs/ops/table.h"
#include "tests/fs/fake_fuse.h"
#include "tests/unit/temp_backing.h"

namespace shmount {

class OpsTest : public TempBacking {
 protected:
  void SetUp() override {
    TempBacking::SetUp();
    Kernel() = {};
    if (!IsSkipped()) {
      Start(Access::kPassthrough);
    }
  }
  // Nothing is registered any more, and every request has had one reply.
  void TearDown() override { EXPECT_TRUE(Kernel().backing_ids.empty()); }

  void Start(Access access, bool multi_user = false) {
    VolumeOptions options;
    options.backing = path();
    options.access = access;
    options.multi_user = multi_user;
    options.forget_attributes = [](NodeId id) {
      fuse_lowlevel_notify_inval_inode(nullptr, id.raw(), -1, 0);
    };
    daemon_.volume = Volume::Open(std::move(options)).value();
  }
  Daemon& daemon() { return daemon_; }

  fuse_req Request() {
    fuse_req request(daemon_);
    request.context = {geteuid(), getegid(), getpid(), 0};
    return request;
  }

  /// Runs a callback, which has to send exactly one reply.
  template <class... Parameters, class... Arguments>
  fuse_req Call(void (*op)(fuse_req_t, Parameters...), Arguments... arguments) {
    fuse_req request = Request();
    op(&request, arguments...);
    EXPECT_EQ(request.replies, 1);
    return request;
  }

  std::uint64_t Node(const char* name, std::uint64_t parent = FUSE_ROOT_ID) {
    const auto request = Call(ops_.lookup, parent, name);
    return request.entry ? request.entry->ino : 0;
  }
  fuse_file_info OpenFile(std::uint64_t node, int flags) {
    fuse_file_info fi = {};
    fi.flags = flags;
    const auto request = Call(ops_.open, node, &fi);
    EXPECT_TRUE(request.opened);
    fi = request.opened.value_or(fi);
    fi.flags = flags;
    return fi;
  }
  int Release(std::uint64_t node, fuse_file_info fi) {
    return Call(ops_.release, node, &fi).error.value_or(-1);
  }
  int Attributes(std::uint64_t node) { return Call(ops_.getattr, node, nullptr).error.value_or(0); }

  const fuse_lowlevel_ops ops_ = MakeOps();

 private:
  Daemon daemon_;
};

}  // namespace shmount
