// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/backing/file_key.h"
#include "core/value/value.h"

namespace shmount {

/// How a node of the mount shows the file of the backing that it belongs to.
enum class Role : std::uint8_t {
  kBlock,      ///< a raw block: NAME, LIST/.shm, or a file in a draft
  kDirectory,  ///< the root, a list or a draft
  kFormat,     ///< LIST/.format
  kValues,     ///< LIST/.values
  kLink,       ///< a symbolic link to a raw block, with access=link
  kElement,    ///< LIST/INDEX.TYPE, LIST/INDEX, LIST/-K
};

/// Identifies a node of the mount in 64 bits. The high bits are the number of the backing's file
/// (NodeTable::NumberOf), which most often is its inode number. The low bits are the role and the
/// element. An ID refers to no other state: elements cost the daemon no memory, and a new daemon
/// gives each node the same ID as before. An element has one ID for each type that a name can
/// state, and one for names without a type. An ID with a type is stale if the element has another
/// type.
class NodeId {
 public:
  static constexpr int kBits = 29;  ///< how many bits are below the file's number
  static constexpr std::uint64_t kRootIno = 1;
  static constexpr std::uint64_t kMaxIno = (std::uint64_t{1} << 35) - 1;
  static constexpr std::uint64_t kMaxCount = (std::uint64_t{1} << 26) - 1;  ///< longest list shown

  /// The number that an ID has for an inode number: the same, unless it has too many bits.
  static constexpr std::uint64_t NumberFor(std::uint64_t ino) {
    return ino <= kMaxIno ? ino : MixBits(ino) >> kBits | 1;
  }

  constexpr explicit NodeId(std::uint64_t raw) : raw_(raw) {}
  static constexpr NodeId Root() { return NodeId(kRootIno); }
  static constexpr NodeId Block(std::uint64_t ino) { return NodeId(ino << kBits); }
  static constexpr NodeId Directory(std::uint64_t ino) { return NodeId(ino << kBits | 1); }
  static constexpr NodeId Format(std::uint64_t ino) { return NodeId(ino << kBits | 2); }
  static constexpr NodeId Values(std::uint64_t ino) { return NodeId(ino << kBits | 3); }
  static constexpr NodeId Link(std::uint64_t ino) { return NodeId(ino << kBits | 4); }
  static constexpr NodeId Element(std::uint64_t ino, std::uint64_t index,
                                  std::optional<Type> type) {
    const std::uint64_t asked = type ? static_cast<std::uint64_t>(*type) : kAnyType;
    return NodeId(ino << kBits | (index + 1) << 3 | asked);
  }

  constexpr std::uint64_t raw() const { return raw_; }
  constexpr bool is_root() const { return raw_ == kRootIno; }

  /// The file's number when the ID was given out; 0 for the root.
  constexpr std::uint64_t ino() const { return raw_ >> kBits; }

  constexpr Role role() const {
    const std::uint64_t low = raw_ & kLowMask;
    if (is_root()) {
      return Role::kDirectory;
    }
    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): it is in range
    return low < static_cast<std::uint64_t>(Role::kElement) ? static_cast<Role>(low)
                                                            : Role::kElement;
  }

  /// For elements only.
  constexpr std::uint64_t index() const { return ((raw_ & kLowMask) >> 3) - 1; }
  constexpr std::optional<Type> type() const {
    const std::uint64_t asked = raw_ & 7;
    return asked == kAnyType ? std::nullopt : std::optional(static_cast<Type>(asked));
  }

  constexpr bool operator==(const NodeId&) const = default;

 private:
  static constexpr std::uint64_t kLowMask = (std::uint64_t{1} << kBits) - 1;
  static constexpr std::uint64_t kAnyType = 7;

  std::uint64_t raw_;
};

}  // namespace shmount
