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

/// The writes of one open of an element, which behaves as a file of the element's text. Each piece
/// is assigned at once, or refused, and then the value stays as it was before the piece. A piece at
/// offset 0 of a number, bool or None replaces the whole text. Not thread safe.
class ElementText {
 public:
  struct How {
    std::uint64_t index = 0;
    std::optional<Type>
        type{};             ///< the type that writing gives the element; nothing: its present one
    bool may_hold = false;  ///< incomplete text may wait: CheckWhole() is called at the close
    bool empty = false;
    std::optional<Value> before{};  ///< assigned again if the first piece is refused
  };
  /// `writer` must outlive this.
  ElementText(std::shared_ptr<BlockFile> file, const ListShape& shape, How how, ListWriter& writer);

  /// Writes a piece at `offset`, or at the end if that is nothing. A piece of 512 bytes or more may
  /// end within a character of a str, which the next piece completes.
  Status Write(std::optional<std::uint64_t> offset, std::string_view piece);
  Status Truncate(std::uint64_t size);
  /// EILSEQ: the text ends within a character.
  Status CheckWhole() const;
  /// Call it at the release. A truncation to 0 that no write followed is assigned only here: a
  /// shell truncates before it writes, and a refused value must leave the old one.
  void Finish();

 private:
  /// The text that this open has assigned. Of a str or bytes, the text itself is in the block.
  struct Own {
    Type type = Type::kNone;
    std::uint64_t size = 0;
    bool newline = false;  ///< the text of a str ends in one, which is not part of the value
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
  bool touched_ = false;  ///< written since it was truncated to 0
  std::optional<Own> own_;
  std::string held_;  ///< not stored yet
  std::uint64_t held_at_ = 0;
};

}  // namespace shmount
