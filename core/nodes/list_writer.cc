// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_writer.h"

#include <cstdint>

#include "core/backing/fine_times.h"
#include "core/list/head_io.h"
#include "core/list/recognise.h"

namespace shmount {

ListWriter::ListWriter(const StagingArea& area, NodeTable& nodes, const std::atomic<bool>& events)
    : backing_(area.backing()),
      nodes_(nodes),
      events_(events),
      fine_times_(HasFineTimes(area.backing())),
      assigner_(area) {}

Status ListWriter::Assign(BlockFile& file, const ListShape& shape, std::uint64_t index,
                          const Value& value) {
  const std::lock_guard lock(mutex_);
  TRY(assigner_.Assign(file, shape, index, value));
  SeeAgain(file, shape);
  return {};
}

Result<std::optional<std::size_t>> ListWriter::Patch(BlockFile& file, const ListShape& shape,
                                                     std::uint64_t index, const TextPatch& patch) {
  const std::lock_guard lock(mutex_);
  const auto stored = TRY(assigner_.Patch(file, shape, index, patch));
  if (stored) {
    SeeAgain(file, shape);
  }
  return stored;
}

// Read the time first, then the content: a later change of the content then has a later time.
void ListWriter::SeeAgain(const BlockFile& file, const ListShape& shape) {
  if (!events_ || !fine_times_) {
    return;
  }
  const auto st = file.Stat();
  if (!st) {
    return;
  }
  const auto size = static_cast<std::uint64_t>(st->st_size);
  const auto seen = RecogniseList(HeadIo(file, size), size, /*has_list_xattr=*/false);
  if (seen && seen->likeness == Likeness::kList && seen->shape == shape) {
    nodes_.SetWritten(*st);
  } else {
    nodes_.DropWritten(nodes_.NumberOf(KeyOf(*st)));
  }
}

std::optional<FileStat> ListWriter::OwnWrite(const char* name, unsigned closes) {
  const std::lock_guard lock(mutex_);
  if (!nodes_.AnyWritten()) {
    return std::nullopt;
  }
  const auto st = backing_.StatOf(name);
  return st && nodes_.IsOwnWrite(*st, closes) ? std::optional(*st) : std::nullopt;
}

}  // namespace shmount
