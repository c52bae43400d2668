// SPDX-License-Identifier: Apache-2.0
// The input is a block. If it is a list, the fuzzer reads its elements and assigns to them.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "core/list/assign.h"
#include "core/list/block_io.h"
#include "core/list/build.h"
#include "core/list/check.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/scan.h"
#include "core/list/slot.h"
#include "tests/fuzz/fuzz.h"

/// Readers wait for a writer before they report damage. There is no writer here: do not wait.
extern "C" int nanosleep(const timespec* /*wanted*/, timespec* /*left*/) { return 0; }
extern "C" int sched_yield() { return 0; }  // NOLINT(readability-identifier-naming)

namespace shmount {
namespace {

// Of larger lists, only these elements are read one by one and assigned to.
constexpr std::uint64_t kElements = 24;

using Block = std::vector<std::byte>;
using Values = std::vector<Result<Value>>;

bool SameResult(const Result<Value>& a, const Result<Value>& b) {
  return a && b ? Same(*a, *b) : !a && !b;
}

Values ReadAll(const BlockIo& io, const ListShape& shape) {
  Values values;
  const Status scanned =
      ScanElements(io, shape, 0, shape.count, [&](std::uint64_t i, const Result<Value>& value) {
        Require(i == values.size(), "elements are visited in order");
        values.push_back(value);
        return true;
      });
  Require(scanned && values.size() == shape.count, "a scan visits every element");
  return values;
}

void CheckReads(const BlockIo& io, const ListShape& shape, const Values& values) {
  for (std::uint64_t i = 0; i < std::min(shape.count, kElements); ++i) {
    Require(SameResult(ReadElement(io, shape, i), values[i]), "a read and a scan agree");
    const auto slot = LocateSlot(io, shape, i);
    Require(!slot || (slot->offset >= shape.data_begin() && slot->size <= shape.data_size &&
                      slot->offset - shape.data_begin() <= shape.data_size - slot->size),
            "a slot lies in the data");
  }
  Require(!ReadElement(io, shape, shape.count), "there is no element past the end");
  std::uint64_t next = 0;
  const Status scanned =
      ScanTypes(io, shape, 0, shape.count, [&](std::uint64_t i, const Result<Type>& type) {
        Require(i == next++, "types are visited in order");
        Require(!values[i] || (type && *type == TypeOf(*values[i])), "a value has its type");
        return true;
      });
  Require(scanned && next == shape.count, "a scan visits every type");
  std::string formats;
  Require(AppendFormats(io, shape, 0, shape.count, formats).has_value(), "formats can be read");
}

void CheckAssign(const Block& block, const ListShape& shape, std::uint64_t index,
                 const Value& value) {
  Block changed = block;
  MemoryIo io(changed);
  if (!AssignElement(io, shape, index, value)) {
    Require(changed == block, "a refused value changes nothing");
    return;
  }
  Require(std::equal(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(shape.data_begin()),
                     changed.begin()),
          "assigning never changes an offset");
  const auto read = ReadElement(io, shape, index);
  Require(read && Same(*read, value), "what was assigned is read");
}

void CheckAssigns(const Block& block, const ListShape& shape) {
  const std::array<Value, 8> values = {std::numeric_limits<std::int64_t>::min(),
                                       -0.5,
                                       true,
                                       Str{"nine char"},
                                       Str{""},
                                       Bytes{"\xFF"},
                                       Bytes{std::string(40, 'b')},
                                       None{}};
  for (std::uint64_t i = 0; i < std::min(shape.count, kElements); ++i) {
    for (const Value& value : values) {
      CheckAssign(block, shape, i, value);
    }
  }
}

// A new list of the same values is a list too, whatever the layout of the first.
void CheckRebuilt(const Values& values) {
  ListBuilder builder;
  for (const auto& value : values) {
    if (!value || !builder.Add(*value)) {
      return;
    }
  }
  Block block(builder.shape().size());
  MemoryIo io(block);
  Require(builder.WriteTo(io).has_value(), "a list is built");
  const auto seen = RecogniseList(io, block.size(), values.empty());
  Require(seen && seen->likeness == Likeness::kList && seen->shape == builder.shape(),
          "what was built is a list");
  const Values again = ReadAll(io, seen->shape);
  Require(std::ranges::equal(again, values, SameResult), "a list is built of the same values");
}

void CheckBlock(Block block, bool has_list_xattr) {
  const MemoryIo io(block);
  std::uint64_t reports = 0;
  const auto check = CheckList(io, block.size(), has_list_xattr, [&](const Damage&) { ++reports; });
  Require(check && check->damages == reports, "damages are counted");
  const auto seen = RecogniseList(io, block.size(), has_list_xattr);
  Require(seen.has_value(), "a block can be looked at");
  Require(check->is_list == (seen->likeness == Likeness::kList), "both find a list, or none");
  if (seen->likeness == Likeness::kBlock) {
    return;
  }
  Require(seen->shape.size() == block.size(), "a list takes the whole block");
  const Values values = ReadAll(io, seen->shape);
  Require(reports > 0 || std::ranges::all_of(values, [](const auto& v) { return v.has_value(); }),
          "where there is no damage every element is read");
  CheckReads(io, seen->shape, values);
  CheckAssigns(block, seen->shape);
  CheckRebuilt(values);
}

}  // namespace
}  // namespace shmount

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  for (const bool has_list_xattr : {false, true}) {
    shmount::CheckBlock({bytes.begin(), bytes.end()}, has_list_xattr);
  }
  return 0;
}
