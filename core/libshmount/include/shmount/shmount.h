// SPDX-License-Identifier: Apache-2.0
// POSIX shared memory blocks and Python ShareableLists from C++20: the counterpart of Python's
// multiprocessing.shared_memory. libshmount(3) has an example and says how to compile and link.
//
//   auto trip = libshmount::ShareableList::Attach("trip");
//   trip.Set(1, -78.5);                       // Python sees it at once
//
// Names. A block is named as in shm_open(3): 1 to 255 bytes, not "." or "..", no slash except for
// one that may begin it. A name that is not so is EINVAL, or ENAMETOOLONG, in each call that takes
// one. Blocks are those in /dev/shm of the caller's mount namespace. Sizes are in bytes.
//
// Errors are exceptions. What the system refuses is std::system_error: code() is the errno in
// std::generic_category(), what() names the block and the call. Each function says which errno
// means what; EMFILE, ENFILE and ENOMEM can come from any that opens or maps. A failed call changes
// nothing, unless its comment says otherwise. Lack of memory is std::bad_alloc.
//
// Ownership. Objects are moved and never copied. An object owns its mapping and not the block: the
// destructor unmaps, and nothing but Unlink() removes a block. No descriptor stays open.
//
// Threads. Any number of threads may call const members of one object at a time. Other members,
// and the destructor, need that no other thread uses the object, except that while one thread calls
// Set() others may get and set other elements. What lies in a block is shared with other processes
// and has no lock: anyone who writes bytes or an element that others use at the same time needs a
// lock of their own, as in Python.
#pragma once

#if __cplusplus < 202002L
#error "<shmount/shmount.h> needs C++20 or later, for example -std=c++20"
#endif

#include <shmount/version.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Marks what the shared library exports; libshmount.map lists it.
#define SHMOUNT_API __attribute__((visibility("default")))

namespace libshmount {

/// The version of the library that runs, "0.1.0" or later; SHMOUNT_VERSION is that of the header
/// that the program was compiled with. Never null, and valid for as long as the library is loaded.
SHMOUNT_API const char* Version() noexcept;

/// What a mapping allows.
enum class Access : std::uint8_t {
  kReadWrite,
  kReadOnly,  ///< takes no right to write the block; a store to the mapping is SIGSEGV
};

/// A named block, mapped into this process. The block lives until its name is unlinked and the last
/// mapping of it ends. A child of fork(2) has a mapping of its own. After a move the source is as
/// after Close(), and has no name.
class SHMOUNT_API SharedMemory {
 public:
  /// Makes a block of `size` zeros and maps it for reading and writing. With an empty `name` it
  /// gets a novel one, like psm_1f3b09c2. `mode` holds permission bits, and is not reduced by the
  /// umask. The memory is reserved: a full /dev/shm is ENOSPC here and no SIGBUS later. If only
  /// mapping it fails (ENOMEM), the block has been made. EEXIST: the name is taken. EINVAL: `size`
  /// is 0, or `mode` has bits outside 0777. EFBIG, or EINVAL: `size` is more than any file can
  /// have. EACCES: no right to create in /dev/shm.
  static SharedMemory Create(std::size_t size, std::string_view name = {}, mode_t mode = 0600);

  /// Maps the whole of a block that is there.
  /// ENOENT: there is none. EACCES: its mode does not allow `access`. EINVAL: it is empty, or no
  /// regular file. EISDIR: it is a list that is still being made through a mount of shmount(8).
  static SharedMemory Attach(std::string_view name, Access access = Access::kReadWrite);

  SharedMemory(SharedMemory&& other) noexcept;
  /// Closes what this object had mapped.
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  /// The memory, page-aligned; empty after Close(). It is valid until this object is closed,
  /// assigned to or destroyed; moving the object keeps it. If another process makes the block
  /// shorter, access past the new end is SIGBUS.
  std::span<const std::byte> bytes() const noexcept;
  /// The same to write to. EACCES: attached read-only.
  std::span<std::byte> buf() const;
  /// The block's size when it was mapped; 0 after Close().
  std::size_t size() const noexcept;
  /// Without a slash. It stays after Close().
  const std::string& name() const noexcept;
  bool read_only() const noexcept;

  /// Ends the mapping. Does nothing the second time.
  void Close() noexcept;

  /// Removes the name from /dev/shm, whichever block it stands for by now. Existing mappings, this
  /// object's too, keep their memory. shm_unlink(3) removes a name without attaching.
  /// ENOENT: it is gone. EACCES, EPERM: no right to remove it. EISDIR: as in Attach().
  void Unlink() const;

 private:
  friend class ShareableList;
  struct State;
  explicit SharedMemory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Python's bytes. A std::string is a str, in UTF-8.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

using None = std::monostate;

/// What an element can be. `value = 7`, `= 1.5`, `= true`, `= "text"`, `= Bytes{"raw"}` and
/// `= None{}` each choose the type that Python would. Integers that std::int64_t may not hold, such
/// as std::uint64_t, do not convert.
using Value = std::variant<None, bool, std::int64_t, double, std::string, Bytes>;

/// A list of fixed length whose elements processes share, C++ or Python. Both layouts, that of
/// Python 3.8 and that of 3.9 and later, are read and written; new lists have the later one. After
/// a move the source may only be assigned to or destroyed.
class SHMOUNT_API ShareableList {
 public:
  /// Makes a list and maps it for reading and writing. `name`, `mode` and errors are those of
  /// SharedMemory::Create(), and: EFBIG: a str or bytes of more than 9,999,991 bytes. EILSEQ: a str
  /// that is not UTF-8. EOPNOTSUPP: the list is empty, which takes an extended attribute, and
  /// /dev/shm has none (Linux before 6.6). Other processes see the whole list or none.
  static ShareableList Create(std::span<const Value> values, std::string_view name = {},
                              mode_t mode = 0600);
  static ShareableList Create(std::initializer_list<Value> values, std::string_view name = {},
                              mode_t mode = 0600);

  /// Maps a list that is there. Errors are those of SharedMemory::Attach(), and: EINVAL: the block
  /// is no list. A block of zeros that could be an empty list is taken for one.
  static ShareableList Attach(std::string_view name, Access access = Access::kReadWrite);

  ShareableList(ShareableList&& other) noexcept;
  ShareableList& operator=(ShareableList&& other) noexcept;
  ~ShareableList();

  /// How many elements, which never changes.
  std::size_t size() const noexcept;

  /// One element. An `index` below 0 counts from the end; std::out_of_range past either end. A read
  /// that meets an assignment gives the old value or the new. EIO: the element is damaged; others
  /// are not affected. A str that another process cut within a character comes as the bytes that
  /// are there. NULs at the end of a str or bytes are no part of it, as in Python.
  Value Get(std::ptrdiff_t index) const;

  /// Assigns a value of any type. Everything is checked before anything is stored. Index and EIO as
  /// in Get(). EFBIG: the value is longer than the element's storage, which was fixed when the list
  /// was made (ValueError in Python). EILSEQ: a str that is not UTF-8. EACCES: attached read-only.
  /// Threads may set different elements at a time; one element has one writer at a time.
  void Set(std::ptrdiff_t index, const Value& value);

  /// All values, in order: a copy. Each is read as by Get(), the whole is no snapshot. EIO.
  std::vector<Value> Values() const;

  /// How many elements equal `value`, and the index of the first that does, by Python's ==: true
  /// equals 1 and 1.0. EIO, if a damaged element is met; EILSEQ.
  std::size_t Count(const Value& value) const;
  std::optional<std::size_t> Index(const Value& value) const;

  /// The elements' struct formats one after the other, as Python's `format`.
  std::string Format() const;

  /// The block that the list lies in, for as long as this object lives and is not moved: its name,
  /// its bytes, and what unlinks it.
  const SharedMemory& shm() const noexcept;

 private:
  struct State;
  explicit ShareableList(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace libshmount
