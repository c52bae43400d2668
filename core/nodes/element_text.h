// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/backing/block_file.h"
#include "core/list/layout.h"
#include "core/nodes/list_writer.h"
#include "core/value/value.h"

namespace shmount {

/// What one open of an element writes, as to a file of the element's text. Each piece is assigned
/// at once, or refused with the value before it whole. At offset 0 of a number, bool or None a new
/// text begins, whatever was there.
class ElementText {
 public:
  struct How {
    std::uint64_t index = 0;
    std::optional<Type> type{};  ///< that writing gives the element; nothing: the one that it has
    bool may_hold = false;       ///< somebody asks at the close whether the text is whole
    bool empty = false;
    std::optional<Value> before{};  ///< given back to the element where the first piece is refused
  };
  /// `writer` outlives this.
  ElementText(std::shared_ptr<BlockFile> file, const ListShape& shape, How how, ListWriter& writer);

  /// `offset` nothing: at the end. A piece of 512 bytes or more may end within a character of a
  /// str, for the next piece to complete it.
  Status Write(std::optional<std::uint64_t> offset, std::string_view piece);
  Status Truncate(std::uint64_t size);
  /// EILSEQ: the text ends within a character.
  Status CheckWhole() const;
  /// The last close. Text that was emptied, and not written after it, is assigned only here: a
  /// shell empties first, and a refused value must leave the old one.
  void Finish();

 private:
  /// The text since this open has assigned it. That of a str or bytes is in the block.
  struct Own {
    Type type = Type::kNone;
    std::uint64_t size = 0;
    bool newline = false;  ///< a str's last character, which is no part of the value
    std::string short_text;
  };

  Result<Value> Current() const;
  Result<Type> TargetType() const;
  Result<std::string> Text(Type type) const;
  Result<std::uint64_t> End(Type type) const;
  Result<std::size_t> Store(Type type, std::uint64_t at, std::string_view piece, bool may_hold);
  Result<std::optional<std::size_t>> Patch(Type type, std::uint64_t at, std::string_view piece,
                                           bool may_hold);
  Result<std::size_t> Replace(Type type, std::uint64_t at, std::string_view piece, bool may_hold);
  Status Assign(Type type, std::string text);

  const std::shared_ptr<BlockFile> file_;
  const ListShape shape_;
  How how_;  ///< `empty` until something is assigned
  ListWriter& writer_;
  bool touched_ = false;  ///< written since it was emptied
  std::optional<Own> own_;
  std::string held_;  ///< not stored yet
  std::uint64_t held_at_ = 0;
};

}  // namespace shmount
