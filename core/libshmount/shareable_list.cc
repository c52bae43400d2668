// SPDX-License-Identifier: Apache-2.0
#include <shmount/shmount.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "core/backing/block_name.h"
#include "core/backing/directory.h"
#include "core/libshmount/error.h"
#include "core/libshmount/name.h"
#include "core/libshmount/shared_memory.h"
#include "core/libshmount/value.h"
#include "core/list/assign.h"
#include "core/list/block_io.h"
#include "core/list/build.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/scan.h"
#include "core/store/create.h"
#include "core/value/python_equal.h"

namespace libshmount {

using internal::FromCore;
using internal::Throw;
using internal::ToCore;
using internal::Unwrap;

struct ShareableList::State {
  SharedMemory memory;
  shmount::MemoryIo io;
  shmount::ListShape shape;

  std::uint64_t At(std::ptrdiff_t index) const {
    const auto count = static_cast<std::ptrdiff_t>(shape.count);
    if (index < -count || index >= count) {
      throw std::out_of_range("index " + std::to_string(index) + " of list '" + memory.name() +
                              "' of " + std::to_string(count));
    }
    return static_cast<std::uint64_t>(index < 0 ? index + count : index);
  }

  /// Calls `visit(index, value)` until it returns false. Throws at an element that is damaged.
  template <class Visit>
  void Scan(Visit visit) const {
    shmount::Status damage;
    const auto done = shmount::ScanElements(
        io, shape, 0, shape.count,
        [&](std::uint64_t index, const shmount::Result<shmount::Value>& value) {
          if (!value) {
            damage = std::unexpected(value.error());
            return false;
          }
          return visit(index, *value);
        });
    Unwrap(done, memory.name());
    Unwrap(damage, memory.name());
  }
};

ShareableList ShareableList::Create(std::span<const Value> values, std::string_view name,
                                    mode_t mode) {
  internal::CheckMode(mode);
  shmount::ListBuilder builder;
  for (const Value& value : values) {
    Unwrap(builder.Add(ToCore(value)), "new list");
  }
  const shmount::Directory shm = internal::OpenShm();
  constexpr int kMaxTries = 100;
  for (int tries = 1;; ++tries) {
    std::string own = name.empty() ? shmount::NovelBlockName() : internal::CheckName(name);
    auto made = shmount::MakeList(shm, own.c_str(), builder, mode);
    if (!made && made.error().code == EEXIST && name.empty() && tries < kMaxTries) {
      continue;
    }
    const auto file = Unwrap(std::move(made), own);
    auto memory = SharedMemory::State::Map(std::move(own), file, Access::kReadWrite);
    const shmount::MemoryIo io(memory->bytes);
    return ShareableList(
        std::make_unique<State>(SharedMemory(std::move(memory)), io, builder.shape()));
  }
}

ShareableList ShareableList::Create(std::initializer_list<Value> values, std::string_view name,
                                    mode_t mode) {
  return Create(std::span(values.begin(), values.size()), name, mode);
}

ShareableList ShareableList::Attach(std::string_view name, Access access) {
  SharedMemory memory = SharedMemory::Attach(name, access);
  const shmount::MemoryIo io(memory.state_->bytes);
  // The caller says that the block is a list, so 16 zero bytes are an empty list. A list whose
  // first element is just being assigned to is accepted too.
  const auto seen = Unwrap(shmount::RecogniseList(io, memory.size(), true), memory.name());
  if (seen.likeness == shmount::Likeness::kBlock) {
    Throw(EINVAL, memory.name() + ": no ShareableList");
  }
  return ShareableList(std::make_unique<State>(std::move(memory), io, seen.shape));
}

ShareableList::ShareableList(std::unique_ptr<State> state) : state_(std::move(state)) {}
ShareableList::ShareableList(ShareableList&& other) noexcept = default;
ShareableList& ShareableList::operator=(ShareableList&& other) noexcept = default;
ShareableList::~ShareableList() = default;

std::size_t ShareableList::size() const noexcept { return state_->shape.count; }

Value ShareableList::Get(std::ptrdiff_t index) const {
  return FromCore(Unwrap(shmount::ReadElement(state_->io, state_->shape, state_->At(index)),
                         state_->memory.name()));
}

void ShareableList::Set(std::ptrdiff_t index, const Value& value) {
  if (state_->memory.read_only()) {
    Throw(EACCES, state_->memory.name() + ": attached read-only");
  }
  Unwrap(shmount::AssignElement(state_->io, state_->shape, state_->At(index), ToCore(value)),
         state_->memory.name());
}

std::vector<Value> ShareableList::Values() const {
  std::vector<Value> values;
  values.reserve(size());
  state_->Scan([&](std::uint64_t, const shmount::Value& value) {
    values.push_back(FromCore(value));
    return true;
  });
  return values;
}

std::size_t ShareableList::Count(const Value& value) const {
  const shmount::Value wanted = ToCore(value);
  std::size_t count = 0;
  state_->Scan([&](std::uint64_t, const shmount::Value& each) {
    count += shmount::PythonEqual(each, wanted) ? 1 : 0;
    return true;
  });
  return count;
}

std::optional<std::size_t> ShareableList::Index(const Value& value) const {
  const shmount::Value wanted = ToCore(value);
  std::optional<std::size_t> found;
  state_->Scan([&](std::uint64_t index, const shmount::Value& each) {
    if (shmount::PythonEqual(each, wanted)) {
      found = index;
    }
    return !found;
  });
  return found;
}

std::string ShareableList::Format() const {
  std::string format;
  Unwrap(shmount::AppendFormats(state_->io, state_->shape, 0, size(), format),
         state_->memory.name());
  return format;
}

const SharedMemory& ShareableList::shm() const noexcept { return state_->memory; }

}  // namespace libshmount
