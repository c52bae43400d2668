// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/arguments.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/value/literal_parse.h"
#include "core/value/text_parse.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"

namespace shmount {

CLI::Option* AddName(CLI::App& command, const char* name, std::string& into, const char* what) {
  return command.add_option_function<std::string>(
      name, [&into](const std::string& word) { into = Unguard(word); }, what);
}

CLI::Option* AddWords(CLI::App& command, const char* name, std::vector<std::string>& into,
                      const char* what) {
  return command.add_option_function<std::vector<std::string>>(
      name,
      [&into](const std::vector<std::string>& words) {
        into.clear();
        std::ranges::transform(words, std::back_inserter(into), Unguard);
      },
      what);
}

CLI::Option* AddSize(CLI::App& command, const char* name, std::uint64_t& into, const char* what) {
  return command
      .add_option_function<std::string>(
          name, [&into](const std::string& text) { into = ParseSize(text).value_or(0); }, what)
      ->check([](const std::string& text) {
        return ParseSize(text) ? std::string() : "'" + text + "' is no size";
      })
      ->type_name("SIZE");
}

CLI::Option* AddMode(CLI::App& command, mode_t& into) {
  const auto parse = [](const std::string& text) -> std::optional<mode_t> {
    mode_t mode = 0;
    const char* end = text.data() + text.size();
    const auto digits = std::from_chars(text.data(), end, mode, 8);
    const bool whole = digits.ec == std::errc() && digits.ptr == end && mode <= 0777;
    return whole ? std::optional(mode) : std::nullopt;
  };
  return command
      .add_option_function<std::string>(
          "-m,--mode",
          [&into, parse](const std::string& text) { into = parse(text).value_or(into); },
          "Its permissions, in octal [0600]")
      ->check([parse](const std::string& text) {
        return parse(text) ? std::string() : "'" + text + "' is no mode";
      })
      ->type_name("MODE");
}

CLI::Option* AddType(CLI::App& command, std::optional<Type>& into) {
  return command
      .add_option_function<std::string>(
          "-t,--type", [&into](const std::string& name) { into = TypeFromName(name); },
          "Take values as text of this type: int, float, bool, str, bytes or none")
      ->check(CLI::IsMember(std::vector<std::string>(kTypeNames.begin(), kTypeNames.end())))
      ->type_name("TYPE");
}

bool IsBlockName(const std::string& name) { return CheckBlockName(name) && IsVisible(name, true); }

Result<Value> ParseArgument(const std::optional<Type>& type, const std::string& text) {
  if (!type) {
    return ParseLiteral(text);
  }
  // ParseText drops one newline at the end, as of a file; an argument has none of its own.
  return ParseText(*type, *type == Type::kBytes ? text : text + "\n");
}

std::string WhyNoValue(const std::optional<Type>& type, const Error& error) {
  if (error.code == ERANGE) {
    return "Past the 64 bits that a number in a list has";
  }
  if (error.code == EILSEQ) {
    return "Not UTF-8";
  }
  if (type && error.code == EINVAL) {
    return "Not of type " + std::string(TypeName(*type));
  }
  return error.code == EINVAL ? error.where : std::strerror(error.code);
}

std::optional<OpenList> OpenListNamed(const Directory& backing, const std::string& name,
                                      int flags) {
  const auto inode = IsBlockName(name) ? backing.Find(name.c_str()) : Fail(ENOENT, name);
  if (!inode) {
    Complain(name, inode.error());
    return std::nullopt;
  }
  auto file = inode->Open(flags);
  if (!file) {
    Complain(name, file.error());
    return std::nullopt;
  }
  const auto shape = ShapeOf(*file, *inode);
  if (!shape) {
    if (shape.error().code == ESTALE) {
      Complain(name, "Not a list; 'shm check' tells why");
    } else {
      Complain(name, shape.error());
    }
    return std::nullopt;
  }
  return OpenList{*std::move(file), *shape};
}

}  // namespace shmount
