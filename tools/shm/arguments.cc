// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/arguments.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <regex>

#include "core/backing/block_name.h"
#include "core/backing/classify.h"
#include "core/lifetime/inventory.h"
#include "core/value/literal_parse.h"
#include "core/value/text_parse.h"
#include "core/value/utf8.h"
#include "tools/cli/command_line.h"
#include "tools/shm/command.h"

namespace shmount {
namespace {

using Units = std::map<std::string, std::uint64_t>;

// K, Ki and KiB are 1024 and KB is 1000, as in truncate(1). CLI::AsSizeValue does not distinguish K
// and KB.
Units SizeUnits() {
  Units units = {{"b", 1}};
  std::uint64_t binary = 1;
  std::uint64_t decimal = 1;
  for (const std::string letter : {"k", "m", "g", "t", "p", "e"}) {
    binary *= 1024;
    decimal *= 1000;
    units[letter] = units[letter + "i"] = units[letter + "ib"] = binary;
    units[letter + "b"] = decimal;
  }
  return units;
}

/// Turns a number with a unit, or several, into a number without: "1d12h" becomes "129600". `form`
/// is a regular expression for all that is accepted. Units can be in upper or lower case.
CLI::Validator Quantity(const std::string& kind, const char* form, Units units) {
  const auto quantity = [kind, form = std::regex(form, std::regex::icase),
                         scale = CLI::AsNumberWithUnit(std::move(units))](std::string& text) {
    // Leaves leading zeros out, because CLI11 would read an octal number.
    static const std::regex kPart("0*([0-9]+[a-z]*)", std::regex::icase);
    // A regular expression needs stack in proportion to the text.
    constexpr std::size_t kLongest = 60;
    constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    text = Unguard(std::move(text));
    const std::string shown = "'" + Printable(text.substr(0, kLongest)) + "'";
    if (text.size() > kLongest || !std::regex_match(text, form)) {
      return shown + " is no " + kind;
    }
    std::uint64_t sum = 0;
    for (std::sregex_iterator part(text.begin(), text.end(), kPart), end; part != end; ++part) {
      std::string number = part->str(1);
      try {
        scale(number);
        sum += std::min<std::uint64_t>(std::stoull(number), kLargest + 1);
      } catch (const std::exception&) {  // CLI11: the product is past 64 bits; or out_of_range
        sum = kLargest + 1;
      }
      if (sum > kLargest) {
        return shown + " is too large";
      }
    }
    text = std::to_string(sum);
    return std::string();
  };
  return {quantity, ""};
}

}  // namespace

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

CLI::Option* AddSize(CLI::App& command, const char* name, std::optional<std::uint64_t>& into,
                     const std::string& what) {
  constexpr char kHow[] =
      ": bytes, or a number with K, M, G, ... (of 1024) or KB, MB, GB, ... (of 1000)";
  return command.add_option(name, into, what + kHow)
      ->transform(Quantity("size", "[0-9]+(([kmgtpe]i?)?b?)", SizeUnits()))
      ->type_name("SIZE");
}

CLI::Option* AddAge(CLI::App& command, const char* name, std::int64_t& into,
                    const std::string& what) {
  constexpr char kHow[] = ": seconds, or numbers with s, m, h, d or w, such as 90, 15m or 1d12h";
  return command.add_option(name, into, what + kHow)
      ->transform(Quantity("age", "[0-9]+|([0-9]+[smhdw])+",
                           {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}))
      ->type_name("AGE");
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
          "Permissions, in octal [0600]")
      ->check([parse](const std::string& text) {
        return parse(text) ? std::string() : "'" + text + "' is no mode";
      })
      ->type_name("MODE");
}

void ExplainValues(CLI::App& command) {
  command.footer(command.get_footer() +
                 "\nA VALUE is a Python literal (1, 2.5, True, None, 'text', b'bytes'); a word "
                 "without quotes is a str.");
}

CLI::Option* AddType(CLI::App& command, std::optional<Type>& into) {
  return command
      .add_option_function<std::string>(
          "-t,--type", [&into](const std::string& name) { into = TypeFromName(name); },
          "Read values as text of this type: int, float, bool, str, bytes or none")
      ->transform(OneOf({kTypeNames.begin(), kTypeNames.end()}))
      ->type_name("TYPE");
}

bool IsBlockName(const std::string& name) { return CheckBlockName(name) && IsVisible(name, true); }

const char* WhyNoNewName(const std::string& name) {
  if (!IsBlockName(name)) {
    return "Not a name for a block";
  }
  return IsVisible(name, false) ? nullptr : "A mount hides it, for a semaphore";
}

Result<Value> ParseArgument(const std::optional<Type>& type, const std::string& text) {
  if (!type) {
    return ParseLiteral(text);
  }
  // ParseText drops one newline at the end, as a file has. Adding one keeps what the argument ends
  // with.
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

std::vector<std::string> ExpandPatterns(const Directory& backing,
                                        const std::vector<std::string>& words, int& status) {
  std::vector<std::string> names;
  std::optional<std::vector<Item>> items;
  for (const std::string& word : words) {
    if (word.find_first_of("*?[") == std::string::npos || backing.Find(word.c_str())) {
      names.push_back(word);
      continue;
    }
    if (!items) {
      auto inventory = TakeInventory(backing);
      if (!inventory) {
        status = Complain(word, inventory.error());
        continue;
      }
      items = *std::move(inventory);
    }
    const std::size_t before = names.size();
    for (const Item& item : *items) {
      const bool hidden = item.kind == ItemKind::kSemaphore && !word.starts_with("sem.");
      if (!hidden && Matches({word}, item.name)) {
        names.push_back(item.name);
      }
    }
    if (names.size() == before) {
      status = Complain(word, "Nothing matches");
    }
  }
  return names;
}

std::optional<OpenList> OpenListNamed(const Directory& backing, const std::string& name,
                                      int flags) {
  const auto inode = CheckBlockName(name) ? backing.Find(name.c_str()) : Fail(ENOENT, name);
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
