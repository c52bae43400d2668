// SPDX-License-Identifier: Apache-2.0
#include "core/list/check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/list/recognise.h"
#include "core/list/run_reader.h"
#include "core/list/slot.h"
#include "core/list/tag.h"
#include "core/value/utf8.h"

namespace shmount {
namespace {

constexpr std::uint64_t kElementsAtOnce = 8192;

/// A format in quotes, for a message.
std::string Quote(FormatWord word) {
  const auto chars = std::bit_cast<std::array<char, 8>>(word);
  const std::string_view text(chars.data(), chars.size());
  std::string quoted = "'";
  for (const char c : text.substr(0, text.find_last_not_of('\0') + 1)) {
    quoted += c >= ' ' && c < 0x7F ? c : '.';
  }
  return quoted + "'";
}

class Checker {
 public:
  Checker(const BlockIo& io, std::uint64_t size, const std::function<void(const Damage&)>& found)
      : io_(io), size_(size), found_(found) {}

  Result<ListCheck> Run(bool has_list_xattr) {
    const auto seen = TRY(RecogniseList(io_, size_, has_list_xattr));
    if (seen.likeness != Likeness::kBlock) {
      check_.is_list = seen.likeness == Likeness::kList;
      check_.shape = seen.shape;
    } else {
      TRY(FindShape());
    }
    // The parts can be located only if they add up to the block's size.
    if (check_.shape && check_.shape->size() == size_) {
      TRY(CheckElements(*check_.shape));
    }
    return check_;
  }

 private:
  void Report(std::optional<std::uint64_t> element, std::uint64_t offset, std::string what) {
    ++check_.damages;
    found_({element, offset, std::move(what)});
  }

  /// Finds the shape that the block's first bytes describe, or reports why they describe none.
  Status FindShape() {
    std::array<std::uint64_t, 2> words = {};
    const auto head = std::as_writable_bytes(std::span(words));
    (void)TRY(io_.ReadAt(0, head));
    const auto [count, second] = words;
    if ((size_ == 8 || size_ == 16) && words == std::array<std::uint64_t, 2>{}) {
      Report({}, 0, "zeros, an empty list to Python, without the xattr user.shmount.list");
      return {};
    }
    const Layout layout = second == 0 ? Layout::kV2 : Layout::kV1;
    const std::uint64_t fixed = layout == Layout::kV2 ? 16 : 8;
    if (count == 0 || size_ < fixed || count > (size_ - fixed) / kMinPerElement) {
      Report({}, 0,
             "the count is " + std::to_string(static_cast<std::int64_t>(count)) +
                 ", which a list of " + std::to_string(size_) + " bytes cannot have");
      return {};
    }
    const auto data_size = TRY(layout == Layout::kV2 ? LastOffset(count) : SumOfSizes(count));
    if (data_size) {
      JudgeSize({layout, count, *data_size});
    }
    return {};
  }

  void JudgeSize(const ListShape& shape) {
    check_.shape = shape;
    if (shape.size() != size_) {
      Report({}, 0,
             std::to_string(shape.count) + " elements in slots of " +
                 std::to_string(shape.data_size) + " bytes need a block of " +
                 std::to_string(shape.size()) + " bytes; this one has " + std::to_string(size_));
    }
  }

  Result<std::optional<std::uint64_t>> LastOffset(std::uint64_t count) {
    std::array<std::uint64_t, 1> last = {};
    const std::uint64_t at = 8 * (count + 1);
    TRY(ReadExactly(io_, at, std::as_writable_bytes(std::span(last))));
    if (last[0] % 8 != 0 || last[0] < 8 * count || (last[0] - 1) / kMaxSlot >= count) {
      Report({}, at,
             "the last offset is " + std::to_string(last[0]) + ", where the slots cannot end");
      return std::nullopt;
    }
    return last[0];
  }

  Result<std::optional<std::uint64_t>> SumOfSizes(std::uint64_t count) {
    std::vector<std::uint64_t> sizes;
    std::uint64_t sum = 0;
    for (std::uint64_t first = 0; first < count; first += sizes.size()) {
      const auto many = std::min(kElementsAtOnce, count - first);
      TRY(ReadMany(io_, 8 * (1 + first), many, sizes));
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] % 8 != 0 || sizes[i] == 0 || sizes[i] > kMaxSlot) {
          Report(first + i, 8 * (1 + first + i), "its slot's size is " + std::to_string(sizes[i]));
          return std::nullopt;
        }
        sum += sizes[i];
      }
    }
    return sum;
  }

  Status CheckElements(const ListShape& shape) {
    SlotWalker walker(io_, shape, 0);
    std::vector<Slot> slots;
    Snapshot tags;
    for (std::uint64_t first = 0; first < shape.count; first += slots.size()) {
      const std::uint64_t many = std::min(kElementsAtOnce, shape.count - first);
      TRY(walker.Next(many, slots));
      TRY(tags.ReadTags(io_, shape, first, many));
      for (std::size_t i = 0; i < many; ++i) {
        TRY(CheckElement(shape, first + i, slots[i], tags.TagOf(i)));
      }
    }
    return {};
  }

  Status CheckElement(const ListShape& shape, std::uint64_t index, const Slot& slot,
                      const Tag& tag) {
    if (slot.size == 0) {
      Report(index, 8 * (1 + index),
             shape.layout == Layout::kV2
                 ? "its offsets do not rise in multiples of 8 within the data"
                 : "its slot's size or one before it is wrong");
    }
    const std::uint64_t format_at = shape.formats_begin() + 8 * index;
    const auto format = ParseFormat(tag.format);
    if (!format) {
      Report(index, format_at,
             tag.format == 0 ? "its format is missing" : "its format is " + Quote(tag.format));
      return {};
    }
    if (!CodeAgrees(format->type, tag.code)) {
      Report(index, shape.codes_begin() + index,
             "its code " + std::to_string(tag.code) + " does not go with its format " +
                 Quote(tag.format));
      return {};
    }
    if (slot.size == 0) {
      return {};
    }
    if (format->length > slot.size) {
      Report(index, format_at,
             "its format " + Quote(tag.format) + " is longer than its slot of " +
                 std::to_string(slot.size) + " bytes");
      return {};
    }
    return tag.code == 1 ? CheckText(index, slot.offset, format->length) : Status{};
  }

  Status CheckText(std::uint64_t index, std::uint64_t offset, std::uint64_t length) {
    std::string text(length, '\0');  // at most the slot's size, which lies within the block
    TRY(ReadExactly(io_, offset, std::as_writable_bytes(std::span(text))));
    text.resize(text.find_last_not_of('\0') + 1);
    if (!IsUtf8(text)) {
      Report(index, offset, "its str is not UTF-8: Python raises UnicodeDecodeError");
    }
    return {};
  }

  const BlockIo& io_;
  std::uint64_t size_;
  const std::function<void(const Damage&)>& found_;
  ListCheck check_;
};

}  // namespace

Result<ListCheck> CheckList(const BlockIo& io, std::uint64_t size, bool has_list_xattr,
                            const std::function<void(const Damage&)>& found) {
  return Checker(io, size, found).Run(has_list_xattr);
}

}  // namespace shmount
