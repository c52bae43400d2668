// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/value/value.h"

namespace shmount {

/// Reads one element, as CPython's `sl[index]` would. Another process may be assigning to it: reads
/// are repeated until two of its format, code and data agree. EIO: the element is damaged.
Result<Value> ReadElement(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Reads only the element's type, from its format and code. EIO as above.
Result<Type> ReadElementType(const BlockIo& io, const ListShape& shape, std::uint64_t index);

/// Leaves what CPython's `sl[index] = value` leaves: a str or bytes keeps a format `<n>s` that
/// holds it, format and code stay untouched where they are the same, offsets never change. Where
/// the type changes, the order of the stores is ours, so that ReadElement meets the old value or
/// the new one (list_format.md says why). Everything is checked before the block is touched. One
/// writer at a time. EFBIG: the value does not fit the slot. EIO: the slot's offsets are damaged.
Status AssignElement(BlockIo& io, const ListShape& shape, std::uint64_t index, const Value& value);

/// Calls `visit(index, element)` for the elements from `begin` to before `end`, in order, reading
/// the block in large pieces; `visit` returns false to stop. A damaged element is visited as its
/// Error. Each element is read as stably as ReadElement does.
Status ScanElements(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                    std::uint64_t end,
                    const std::function<bool(std::uint64_t, const Result<Value>&)>& visit);

/// The same for the elements' types alone, which takes formats and codes and no data.
Status ScanTypes(const BlockIo& io, const ListShape& shape, std::uint64_t begin, std::uint64_t end,
                 const std::function<bool(std::uint64_t, const Result<Type>&)>& visit);

/// The formats of elements from `begin` to before `end` appended to `out`, NULs stripped: with
/// begin 0 and end N the whole is CPython's `sl.format`.
Status AppendFormats(const BlockIo& io, const ListShape& shape, std::uint64_t begin,
                     std::uint64_t end, std::string& out);

}  // namespace shmount
