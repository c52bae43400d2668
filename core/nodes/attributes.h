// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace shmount {

/// A list's directory as stat(2) shows it: the block's readers may read and search it.
struct stat ListAttr(const struct stat& block, std::uint64_t ino);
/// A file in a list: never executable.
struct stat ElementAttr(const struct stat& block, std::uint64_t ino, std::uint64_t size);
/// The block's mode after `chmod mode` of its list's directory: who may read is set, who may write
/// is kept among the readers.
mode_t BlockModeFromList(mode_t block, mode_t mode);

}  // namespace shmount
