// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/slot.h"
#include "core/value/value.h"

namespace shmount {

/// Options of a scan. `known` and `patience` can be kept from one scan to the next.
struct ScanHow {
  std::uint64_t longest = kMaxSlot;  ///< a longer slot is not read: its element is visited as EFBIG
  SlotSum* known = nullptr;          ///< as for SumSlots
  Patience* patience = nullptr;      ///< shared by all scans of a call
};

/// Calls `visit(index, element)` for the elements from `begin` to before `end`, in order, and reads
/// the block in large pieces. `visit` returns false to stop. A damaged element is visited as its
/// Error. Each element is read as reliably as by ReadElement.
Status ScanElements(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                    std::uint64_t end,
                    const std::function<bool(std::uint64_t, const Result<Value>&)>& visit,
                    const ScanHow& how = {});

/// The same for the elements' types: reads formats and codes, and no data.
Status ScanTypes(const BlockIo& io, const ListShape& shape, std::uint64_t begin, std::uint64_t end,
                 const std::function<bool(std::uint64_t, const Result<Type>&)>& visit,
                 Patience* patience = nullptr);

/// Appends the formats of the elements from `begin` to before `end` to `out`, without NULs. Those
/// of all elements make CPython's `sl.format`.
Status AppendFormats(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                     std::uint64_t end, std::string& out);

}  // namespace shmount
