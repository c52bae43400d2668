// SPDX-License-Identifier: Apache-2.0
#include "core/nodes/list_directory_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/backing/block_file.h"
#include "core/backing/classify.h"
#include "core/backing/directory.h"
#include "core/list/head_io.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/scan.h"
#include "core/nodes/attributes.h"
#include "core/nodes/block_handle.h"
#include "core/value/element_name.h"
#include "core/value/text_format.h"

namespace shmount {
namespace {

class ListReader final : public DirectoryReader {
 public:
  ListReader(VolumeState& state, Location location, Inode block, const ListShape& shape,
             std::shared_ptr<void> kept)
      : state_(state),
        location_(std::move(location)),
        block_(std::move(block)),
        kept_(std::move(kept)),
        shape_(shape),
        width_(IndexWidth(shape.count)) {}

  Status Seek(std::uint64_t cookie) override {
    at_ = cookie;
    patience_ = {};
    return {};
  }

  Result<bool> Next(Listed& listed) override {
    if (at_ < kDots) {
      file_.reset();  // open it again
      listed = {at_ == 0 ? "." : "..", NodeId::Directory(location_.ino).raw(), S_IFDIR, ++at_};
      return true;
    }
    std::uint64_t index = at_ - kDots;
    while (index < shape_.count && state_.hidden.IsHidden(block_.key(), index)) {
      ++index;
    }
    if (index >= shape_.count) {
      at_ = shape_.count + kDots;
      file_.reset();
      return false;
    }
    TRY(HaveFile());
    TRY(HaveType(index));
    index_ = index;
    type_ = types_[index - first_];
    // A damaged element has no type. Its name is the index alone.
    name_ = FormatElementName(index, width_, type_.value_or(Type::kNone));
    if (!type_) {
      name_.resize(name_.rfind('.'));
    }
    at_ = index + kDots + 1;
    listed = {name_, NodeId::Element(location_.ino, index, std::nullopt).raw(), S_IFREG, at_};
    return true;
  }

  Result<Found> Lookup() override {
    if (at_ <= kDots) {
      return Fail(ENOENT, "dots");
    }
    const NodeId id = NodeId::Element(location_.ino, index_, type_);
    const auto value = ReadValue();
    if (value && TypeOf(*value) != type_) {
      return Fail(ENOENT, name_);  // its type has changed since: the next lookup finds the new one
    }
    const std::uint64_t size = value ? FormatText(*value).size() : 0;
    const auto ino = NodeId::Element(location_.ino, index_, std::nullopt).raw();
    state_.nodes.Remember(block_.key(), location_,
                          {.is_list = true, .size = block_.stat().st_size});
    return Found{id, ElementAttr(block_.stat(), ino, size), state_.Ttl(kForever), 0};
  }

 private:
  static constexpr std::uint64_t kDots = 2;
  static constexpr std::uint64_t kAhead = 4096;

  Status HaveFile() {
    if (!file_) {
      auto file = TRY(block_.Open(O_RDONLY));
      const auto st = TRY(file.Stat());
      if (st.st_nlink == 0) {
        return Fail(ENOENT, location_.name);  // readdir(3) reports this as the end, as on a tmpfs
      }
      file_ = std::move(file);
    }
    return {};
  }

  Result<Value> ReadValue() {
    const HeadIo head(*file_, shape_.size());
    const auto slot = TRY(LocateSlot(head, shape_, index_, &sum_));
    return ReadElementIn(head, shape_, index_, slot, patience_);
  }

  // Reads the types of the elements from `index` on, many at a time.
  Status HaveType(std::uint64_t index) {
    if (index >= first_ && index - first_ < types_.size()) {
      return {};
    }
    first_ = index;
    types_.clear();
    return ScanTypes(
        *file_, shape_, index, std::min(shape_.count, index + kAhead),
        [&](std::uint64_t, const Result<Type>& type) {
          types_.push_back(type ? std::optional(*type) : std::nullopt);
          return true;
        },
        &patience_);
  }

  VolumeState& state_;
  const Location location_;
  const Inode block_;
  const std::shared_ptr<void> kept_;  // so that it still has attributes after its removal
  std::optional<BlockFile> file_;
  const ListShape shape_;
  const int width_;
  std::uint64_t at_ = 0;
  std::uint64_t first_ = 0;
  std::vector<std::optional<Type>> types_;
  std::uint64_t index_ = 0;
  std::optional<Type> type_;
  SlotSum sum_;
  Patience patience_;  // of the current request
  std::string name_;
};

}  // namespace

std::unique_ptr<DirectoryReader> MakeListReader(VolumeState& state, const Location& location,
                                                Inode block, const ListShape& shape) {
  auto copy = block.Copy();
  auto kept = copy ? KeepFindable(state.open_blocks, location.ino,
                                  std::make_shared<BlockFile>(std::move(*copy).Release()))
                   : nullptr;
  return std::make_unique<ListReader>(state, location, std::move(block), shape, std::move(kept));
}

}  // namespace shmount
