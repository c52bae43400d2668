// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/backing/file_key.h"

namespace shmount {

/// Where a file of the backing that the kernel knows is to be found.
struct Location {
  std::uint64_t ino = 0;  ///< its number (NodeTable::NumberOf) now: a sealed draft's node goes on
                          ///< as its list, and back
  std::uint64_t parent = 0;  ///< the draft that it lies in; 0: the backing itself
  std::string name;
  bool operator==(const Location&) const = default;
};

/// What the kernel was last told of an inode. Only replies set it: an event changes what is true,
/// and what the kernel has cached only once the kernel was told of it.
struct Cached {
  bool is_list = false;
  std::int64_t size = -1;
  bool operator==(const Cached&) const = default;
};

/// The backing's files that the kernel knows by number, each with the lookups of all its nodes (a
/// list's elements count for the list). Thread safe. Everything in it is rebuilt from the backing
/// by new lookups.
class NodeTable {
 public:
  /// The number by which the mount knows a file, whether or not it does yet. No two files that are
  /// known have the same one. It is the inode's own (NodeId::NumberFor) unless another file has it.
  std::uint64_t NumberOf(const FileKey& file) const;
  /// Counts one lookup of the file at `location`, wherever it was before, and gives its number.
  std::uint64_t Remember(const FileKey& file, Location location, const Cached& cached);
  /// Takes back `count` lookups; at 0 the inode is forgotten.
  void Forget(std::uint64_t ino, std::uint64_t count);

  std::optional<Location> Find(std::uint64_t ino) const;
  std::optional<Cached> FindCached(std::uint64_t ino) const;
  /// The kernel is told the attributes of a block.
  void SetAttributes(std::uint64_t ino, const struct stat& st);
  /// Calls `forget`, which tells the kernel to forget the attributes of a block, if it may have
  /// older ones cached than `now`; where changes may leave the times as they are (not `fine`), if
  /// it has any cached. While a request for them is under way it is not called again: the kernel
  /// would drop the answer, and go on with the size that it had.
  void ForgetAttributes(std::uint64_t ino, const struct stat& now, bool fine,
                        const std::function<void()>& forget);
  /// An operation through the mount has moved it there.
  void Move(std::uint64_t ino, std::uint64_t parent, const std::string& name);

  /// An operation through the mount has given the inode its name in the backing. The operation has
  /// the directory for itself, so that no answer to an older lookup reaches the kernel after it.
  void SetCreated(std::uint64_t ino, const std::string& name);
  /// The kernel has cached that nothing has the name.
  void SetAbsent(const std::string& name);
  /// Whether an operation through the mount did, and the kernel was not answered otherwise since.
  bool IsCreated(std::uint64_t ino, const std::string& name) const;

  /// The daemon itself has written the list, and seen after it that it still is one; `st` is of
  /// that moment, when no change could follow that leaves the change time as it is.
  void SetWritten(const FileStat& st);
  /// What it had seen holds no longer.
  void DropWritten(std::uint64_t ino);
  /// The daemon is about to close a file by which it may have written the list.
  void AddOwnClose(std::uint64_t ino);
  bool AnyWritten() const;
  /// Whether all that lies behind an event is what the daemon wrote and has seen: the list's
  /// attributes are `now`, and it was closed so many times by those who could write it.
  bool IsOwnWrite(const FileStat& now, unsigned closes);

  /// The nodes of the draft or list `ino` are from now on the list or draft `other`, and are found
  /// by its number too, which is returned.
  std::uint64_t Become(std::uint64_t ino, const FileKey& other, bool is_list);

  std::vector<Location> Locations() const;
  std::size_t size() const;

 private:
  struct Written {
    struct timespec changed;  ///< the change time when it was seen to be a list
    unsigned closes = 0;      ///< of ours, whose events are still to come
  };
  struct Node {
    FileKey file;
    Location location;
    Cached cached;
    std::uint64_t lookups = 0;
    std::optional<struct stat> attributes{};  // of a block, as last told; none: none are cached
    std::optional<Written> written{};
  };

  void DropWritten(Node& node);
  void DropCreated(const Location& location);
  std::uint64_t FindNumber(const FileKey& file) const;
  bool IsFree(std::uint64_t number, const FileKey& file) const;
  void SetFile(Node& node, const FileKey& file, std::uint64_t number);
  void DropFile(const Node& node);
  std::vector<std::uint64_t> NodesOf(std::uint64_t ino) const;
  void DropNumber(std::uint64_t node, std::uint64_t ino);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Node> nodes_;
  /// Numbers that nodes have now, where these are not those that the kernel knows, and the nodes.
  std::unordered_multimap<std::uint64_t, std::uint64_t> numbers_;
  /// The files whose numbers are not their inodes' own, as another had that.
  std::unordered_map<FileKey, std::uint64_t, FileKeyHash> others_;
  std::unordered_map<std::string, std::uint64_t> created_;
  std::size_t written_ = 0;  ///< nodes that have one
  std::size_t most_ = 0;     ///< nodes since the last time that memory was given back
};

}  // namespace shmount
