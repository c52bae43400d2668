// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/element_handle.h"

#include <sys/file.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include "core/backing/block_file.h"
#include "core/list/head_io.h"
#include "core/list/long_text.h"
#include "core/list/read.h"
#include "core/list/slot.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

class ElementHandle final : public FileHandle {
 public:
  ElementHandle(std::shared_ptr<BlockFile> file, const ListShape& shape, ElementOpen open,
                ListWriter& writer)
      : file_(std::move(file)),
        shape_(shape),
        index_(open.text.index),
        reports_(open.text.may_hold),
        created_(std::move(open.created)),
        kept_(std::move(open.kept)),
        text_(file_, shape, std::move(open.text), writer) {}

  ~ElementHandle() override {
    text_.Finish();
    if (locked_) {
      (void)Lock(
          LOCK_UN);  // other handles may share the descriptor, and would keep the lock with it
    }
  }

  Result<std::size_t> Read(std::uint64_t offset, std::span<std::byte> into) override {
    const std::lock_guard lock(mutex_);
    if (offset == 0) {
      TRY(BeginToRead());
    }
    if (long_text_) {
      return ReadPiece(*long_text_, offset, into);
    }
    if (offset >= read_text_.size()) {
      return 0;
    }
    const std::size_t n = std::min(into.size(), read_text_.size() - offset);
    std::memcpy(into.data(), read_text_.data() + offset, n);
    return n;
  }

  Result<std::size_t> Write(std::uint64_t offset, std::span<const std::byte> from) override {
    return WriteAt(offset, from);
  }

  Result<std::size_t> Append(std::span<const std::byte> from) override {
    return WriteAt(std::nullopt, from);
  }

  Status Truncate(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    return refused_ ? std::unexpected(*refused_) : text_.Truncate(size);
  }

  bool ReportsAtClose() const override { return reports_; }

  // If other descriptors of this open exist, another process may still complete the text.
  Status Close() override {
    const std::lock_guard lock(mutex_);
    return text_.CheckWhole();
  }

  Status Sync(bool /*data_only*/) override { return Close(); }

  // Locks only the slot, so that each element of a list has a lock of its own.
  Status Lock(int operation) override {
    const auto slot = TRY(LocateSlot(HeadIo(*file_, shape_.size()), shape_, index_));
    TRY(file_->LockRange(operation, slot.offset, slot.size));
    locked_ = true;
    return {};
  }

 private:
  // After a refused piece, later pieces are refused too: without it they would make another text.
  Result<std::size_t> WriteAt(std::optional<std::uint64_t> offset,
                              std::span<const std::byte> from) {
    const std::lock_guard lock(mutex_);
    if (!refused_) {
      const auto done =
          text_.Write(offset, {reinterpret_cast<const char*>(from.data()), from.size()});
      if (done) {
        return from.size();
      }
      refused_ = done.error();
    }
    return std::unexpected(*refused_);
  }

  // Reads the text. Of a long text it keeps only the location.
  Status BeginToRead() {
    const HeadIo head(*file_, shape_.size());
    const auto slot = TRY(LocateSlot(head, shape_, index_));
    long_text_ = TRY(MeasureLongText(head, shape_, index_, slot));
    read_text_ = std::string();
    if (!long_text_) {
      const auto value = TRY(ReadElementIn(head, shape_, index_, slot));
      read_text_ = FormatText(value);
    }
    return {};
  }

  Result<std::size_t> ReadPiece(const LongText& text, std::uint64_t offset,
                                std::span<std::byte> into) const {
    auto n = TRY(ReadLongText(*file_, shape_, text, offset, into));
    if (text.type == Type::kStr && n < into.size() && offset + n == text.size) {
      into[n++] = std::byte{'\n'};
    }
    return n;
  }

  const std::shared_ptr<BlockFile> file_;
  const ListShape shape_;
  const std::uint64_t index_;
  const bool reports_;
  const std::unique_ptr<CreatedElements::Token> created_;
  const std::shared_ptr<void> kept_;
  std::mutex mutex_;
  std::string read_text_;
  std::optional<LongText> long_text_;
  ElementText text_;
  std::optional<Error> refused_;
  std::atomic<bool> locked_ = false;  ///< the slot may be locked
};

}  // namespace

std::unique_ptr<FileHandle> MakeElementHandle(std::shared_ptr<BlockFile> file,
                                              const ListShape& shape, ElementOpen open,
                                              ListWriter& writer) {
  return std::make_unique<ElementHandle>(std::move(file), shape, std::move(open), writer);
}

}  // namespace shmount
