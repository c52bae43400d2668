// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/directory_node.h"

namespace shmount {

Result<Opened> DirectoryNode::Create(const char*, mode_t, int) { return Fail(EPERM, "create"); }
Result<Found> DirectoryNode::MakeNode(const char*, mode_t) { return Fail(EPERM, "mknod"); }
Result<Found> DirectoryNode::MakeDirectory(const char*, mode_t) { return Fail(EPERM, "mkdir"); }
Status DirectoryNode::Link(const Inode&, const char*) { return Fail(EPERM, "link"); }
Status DirectoryNode::RemoveDirectory(const char*) { return Fail(ENOTDIR, "rmdir"); }
Status DirectoryNode::Rename(const char*, const char*, unsigned) { return Fail(EPERM, "rename"); }

}  // namespace shmount
