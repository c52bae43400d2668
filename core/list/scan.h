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

/// What a scan in several pieces needs.
struct ScanHow {
  std::uint64_t longest = kMaxSlot;  ///< an element in a longer slot is visited as EFBIG, unread
  SlotSum* known = nullptr;          ///< as for SumSlots
  Patience* patience = nullptr;      ///< of all the pieces of a call
};

/// Calls `visit(index, element)` for the elements from `begin` to before `end`, in order, reading
/// the block in large pieces; `visit` returns false to stop. A damaged element is visited as its
/// Error. Each element is read as stably as ReadElement does.
Status ScanElements(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                    std::uint64_t end,
                    const std::function<bool(std::uint64_t, const Result<Value>&)>& visit,
                    const ScanHow& how = {});

/// The same for the elements' types alone: it reads formats and codes and no data.
Status ScanTypes(const BlockIo& io, const ListShape& shape, std::uint64_t begin, std::uint64_t end,
                 const std::function<bool(std::uint64_t, const Result<Type>&)>& visit,
                 Patience* patience = nullptr);

/// The formats of elements from `begin` to before `end` appended to `out`, NULs stripped: with
/// begin 0 and end N the whole is CPython's `sl.format`.
Status AppendFormats(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                     std::uint64_t end, std::string& out);

}  // namespace shmount
