// SPDX-License-Identifier: Apache-2.0
// POSIX shared memory blocks and Python ShareableLists from C++20: the counterpart of Python's
// multiprocessing.shared_memory. libshmount(3) has an example; `pkg-config --libs
// shmount` says how to link.
//
//   shm::ShareableList trip = shm::ShareableList::Attach("trip");
//   trip.Set(1, -78.5);                       // Python sees it at once
//
// Errors are exceptions. What the system refuses is std::system_error, whose code() is the errno:
// ENOENT (no such block), EEXIST, EACCES, ENOSPC, EINVAL (a name that shm_open(3) does not allow,
// or no list). Objects are moved, never copied. Several threads may read one at a time; writers of
// the same element or bytes, in threads or processes, need a lock of their own, as in Python.
#pragma once

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

namespace shm {

/// A named block, mapped into this process. It lives until somebody unlinks it; closing it, which
/// the destructor does, ends this mapping alone.
class SharedMemory {
 public:
  /// Makes a block of `size` zeros, mode 0600. Without a name it gets a novel one, like
  /// psm_1f3b09c2. Its memory is reserved: a full /dev/shm is ENOSPC here and no SIGBUS later.
  /// EINVAL for size 0.
  static SharedMemory Create(std::size_t size, std::string_view name = {});
  /// Maps a block that is there, for reading and writing. EINVAL for an empty one.
  static SharedMemory Attach(std::string_view name);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  /// The memory; empty after Close(). Others who make the block shorter make access past its new
  /// end SIGBUS.
  std::span<std::byte> buf() const { return buf_; }
  /// As it was when it was mapped.
  std::size_t size() const { return buf_.size(); }
  const std::string& name() const { return name_; }

  void Close() noexcept;
  /// Takes the name away. Who has it mapped, this object too, keeps the memory.
  void Unlink() const;

 private:
  SharedMemory(std::string name, std::span<std::byte> buf) : name_(std::move(name)), buf_(buf) {}
  std::string name_;
  std::span<std::byte> buf_;
};

/// Python's bytes; a std::string is a str, in UTF-8.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

using None = std::monostate;

/// What an element can be. `value = 7`, `= 1.5`, `= true`, `= "text"`, `= shm::Bytes{"raw"}` and
/// `= shm::None{}` each choose the type that Python would.
using Value = std::variant<None, bool, std::int64_t, double, std::string, Bytes>;

/// A list of fixed length whose elements processes share, C++ or Python. Both layouts, that of
/// Python 3.8 and that of 3.9 and later, are read and written; new lists have the later one.
class ShareableList {
 public:
  /// EFBIG: a str or bytes of more than 9,999,991 bytes; EILSEQ: a str that is not UTF-8.
  static ShareableList Create(std::span<const Value> values, std::string_view name = {});
  static ShareableList Create(std::initializer_list<Value> values, std::string_view name = {});
  /// EINVAL: the block is no list.
  static ShareableList Attach(std::string_view name);

  ShareableList(ShareableList&& other) noexcept;
  ShareableList& operator=(ShareableList&& other) noexcept;
  ~ShareableList();

  std::size_t size() const;
  /// An index below 0 counts from the end. std::out_of_range past either end. EIO: the element is
  /// damaged. A str that another process cut within a character comes as the bytes that are there;
  /// NULs at the end of a str or bytes are no part of it, as in Python.
  Value Get(std::ptrdiff_t index) const;
  /// A value of any type. Checked before anything is stored, so that a refused one leaves the old
  /// one whole. EFBIG: longer than the element's storage, which was fixed when the list was made
  /// (ValueError in Python). EILSEQ as Create.
  void Set(std::ptrdiff_t index, const Value& value);

  /// All values, in order.
  std::vector<Value> Values() const;
  /// How many elements equal `value`, and the first that does, by Python's ==: true equals 1
  /// and 1.0.
  std::size_t Count(const Value& value) const;
  std::optional<std::size_t> Index(const Value& value) const;
  /// The elements' struct formats, as Python's `format`.
  std::string Format() const;

  /// The block that it lies in: its name, its bytes, and what unlinks it.
  const SharedMemory& shm() const;

 private:
  struct State;
  explicit ShareableList(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace shm
