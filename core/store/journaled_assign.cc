// SPDX-License-Identifier: Apache-2.0
#include "core/store/journaled_assign.h"

#include <cstdint>
#include <optional>

#include "core/backing/block_file.h"
#include "core/list/assign.h"
#include "core/list/head_io.h"
#include "core/store/journal.h"

namespace shmount {

Status ElementAssigner::Assign(BlockFile& file, const ListShape& shape, std::uint64_t index,
                               const Value& value) {
  const std::lock_guard lock(mutex_);
  const auto plan = TRY(PlanAssignment(HeadIo(file, shape.size()), shape, index, value));
  std::optional<JournalEntry> entry;
  if (plan.retypes()) {
    const auto st = TRY(file.Stat());
    if (auto written = JournalEntry::OfAssignment(area_, st.st_ino, index, value)) {
      entry.emplace(*std::move(written));
    }
  }
  return CarryOut(plan, file, shape, index, value);
}

Result<std::optional<std::size_t>> ElementAssigner::Patch(BlockFile& file, const ListShape& shape,
                                                          std::uint64_t index,
                                                          const TextPatch& patch) {
  const std::lock_guard lock(mutex_);
  return PatchText(file, HeadIo(file, shape.size()), shape, index, patch);
}

}  // namespace shmount
