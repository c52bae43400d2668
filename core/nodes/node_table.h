// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/backing/block_file.h"

namespace shmount {

/// Where a backing inode that the kernel knows is to be found.
struct Place {
  std::uint64_t ino = 0;     ///< its number now: a sealed draft's node goes on as its list
  std::uint64_t parent = 0;  ///< the draft that it lies in; 0: the backing itself
  std::string name;
  bool operator==(const Place&) const = default;
};

/// What the kernel was last told of a name, to see whether an event changes it.
struct Told {
  bool is_list = false;
  std::int64_t size = -1;
  bool operator==(const Told&) const = default;
};

/// The backing inodes that the kernel knows by number, each with the lookups of all its nodes (a
/// list's elements count for the list), and the blocks that are open. Thread safe. Everything in
/// it is rebuilt from the backing by new lookups.
class NodeTable {
 public:
  /// Counts one lookup of `place`, which becomes the inode's place if it was elsewhere before.
  void Remember(const Place& place, const Told& told);
  /// Takes back `count` lookups; at 0 the inode is forgotten.
  void Forget(std::uint64_t ino, std::uint64_t count);

  std::optional<Place> Find(std::uint64_t ino) const;
  std::optional<Told> LastTold(std::uint64_t ino) const;
  void Tell(std::uint64_t ino, const Told& told);
  /// The kernel knows the block's size from a change of its own.
  void TellSize(std::uint64_t ino, std::int64_t size);
  /// An operation through the mount has given it that place.
  void Move(std::uint64_t ino, std::uint64_t parent, const std::string& name);

  /// An operation through the mount has given the inode its name in the backing. No answer to an
  /// older look reaches the kernel after such an operation, which has the directory for itself.
  void SetMade(std::uint64_t ino, const std::string& name);
  /// The kernel was told that nothing has the name.
  void SetAbsent(const std::string& name);
  /// Whether it was made so, and the kernel has not been told otherwise since.
  bool IsMade(std::uint64_t ino, const std::string& name) const;

  /// The node of the draft `ino` is from now on the list whose block is `block`.
  void BecomeList(std::uint64_t ino, std::uint64_t block);

  /// Opens of one block share what this keeps, so that it can be reached after its unlink.
  void Opened(std::uint64_t ino, const std::shared_ptr<BlockFile>& file);
  void Released(std::uint64_t ino);
  std::shared_ptr<BlockFile> OpenFile(std::uint64_t ino) const;
  /// The open files that the kernel last found by `name` in `parent` (Place).
  std::vector<std::uint64_t> OpenBy(std::uint64_t parent, const std::string& name) const;

  std::vector<Place> Places() const;
  std::size_t size() const;

 private:
  struct Node {
    Place place;
    Told told;
    std::uint64_t lookups = 0;
  };
  struct Open {
    std::shared_ptr<BlockFile> file;
    unsigned count = 0;
  };

  void Unmake(const Place& place);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Node> nodes_;
  std::unordered_map<std::string, std::uint64_t> made_;
  std::size_t most_ = 0;  ///< nodes since the last time that memory was given back
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace shmount
