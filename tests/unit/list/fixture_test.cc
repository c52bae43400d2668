// SPDX-License-Identifier: Apache-2.0
// Reads blocks that CPython made. tests/support/record_lists.py recorded the blocks and the values
// that CPython reads in them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/list/block_io.h"
#include "core/list/layout.h"
#include "core/list/read.h"
#include "core/list/recognise.h"
#include "core/list/scan.h"
#include "core/value/text_format.h"
#include "core/value/utf8.h"
#include "tests/support/list_blocks.h"

namespace shmount {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> Fixtures() {
  const char* elsewhere = std::getenv("SHMOUNT_FIXTURES");
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(elsewhere ? elsewhere : SHMOUNT_FIXTURES)) {
    if (entry.path().extension() == ".bin") {
      paths.push_back(entry.path().parent_path() / entry.path().stem());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

class ListFixture : public ::testing::TestWithParam<fs::path> {
 protected:
  ListFixture()
      : expected_(json::parse(ReadFile(GetParam().string() + ".json"))),
        block_(ReadFile(GetParam().string() + ".bin")),
        io_(std::as_writable_bytes(std::span(block_))) {}

  bool damaged() const { return GetParam().stem().string().ends_with("-damaged"); }

  /// The shape by the size alone, for blocks whose first format is damaged.
  ListShape Shape() const {
    const auto layout = static_cast<Layout>(expected_["layout"].get<int>());
    const std::uint64_t count = expected_["values"].size();
    return {layout, count, block_.size() - ListShape{layout, count, 0}.size()};
  }

  void ExpectValue(const json& expected, const Result<Value>& seen) const {
    if (expected.value("error", "") == "UnicodeDecodeError") {
      ASSERT_TRUE(seen);
      EXPECT_FALSE(IsUtf8(std::get<Str>(*seen).utf8));
      return;
    }
    if (expected.contains("error")) {
      ASSERT_FALSE(seen);
      EXPECT_EQ(seen.error().code, EIO);
      return;
    }
    ASSERT_TRUE(seen);
    ASSERT_EQ(TypeName(TypeOf(*seen)), expected["type"].get<std::string>());
    if (const auto* str = std::get_if<Str>(&*seen)) {
      EXPECT_EQ(str->utf8, FromHex(expected["hex"]));
    } else if (const auto* bytes = std::get_if<Bytes>(&*seen)) {
      EXPECT_EQ(bytes->data, FromHex(expected["hex"]));
    } else {
      EXPECT_EQ(FormatText(*seen), expected["repr"].get<std::string>() + "\n");
    }
  }

  json expected_;
  std::string block_;
  MemoryIo io_;
};

TEST_P(ListFixture, IsRecognised) {
  const auto found = RecogniseList(io_, block_.size(), block_.size() <= 16);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->likeness, damaged() ? Likeness::kBeingWritten : Likeness::kList);
  if (!damaged()) {
    EXPECT_EQ(found->shape, Shape());
  }
}

TEST_P(ListFixture, ReadsAsPythonDoes) {
  const ListShape shape = Shape();
  for (std::uint64_t i = 0; i < shape.count; ++i) {
    SCOPED_TRACE(i);
    ExpectValue(expected_["values"][i], ReadElement(io_, shape, i));
  }
  std::uint64_t visited = 0;
  EXPECT_TRUE(ScanElements(io_, shape, 0, shape.count, [&](auto index, const auto& value) {
    ExpectValue(expected_["values"][index], value);
    ++visited;
    return true;
  }));
  EXPECT_EQ(visited, shape.count);
  std::string format;
  EXPECT_TRUE(AppendFormats(io_, shape, 0, shape.count, format));
  EXPECT_EQ(format, expected_["format"].get<std::string>());
}

std::string NameOf(const fs::path& path) {
  std::string name = path.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, ListFixture, ::testing::ValuesIn(Fixtures()),
                         [](const auto& test) { return NameOf(test.param); });

/// The blocks that the constructor made of ASCII: their slots follow from their values.
class BuiltFixture : public ListFixture {};

TEST_P(BuiltFixture, IsWhatWeBuildToo) {
  const ListShape shape = Shape();
  std::vector<Value> values;
  for (std::uint64_t i = 0; i < shape.count; ++i) {
    values.push_back(ReadElement(io_, shape, i).value());
  }
  ListBlock built = MakeList(values);
  if (shape.layout == Layout::kV1) {
    built = ToV1(built);
  }
  const auto bytes = std::as_bytes(std::span(block_));
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), built.bytes.begin(), built.bytes.end()));
}

std::vector<fs::path> BuiltFixtures() {
  std::vector<fs::path> paths = Fixtures();
  std::erase_if(paths, [](const fs::path& path) {
    const std::string name = path.stem().string();
    const std::string wanted[] = {"types", "empties", "none", "one_int", "one_str", "eleven"};
    return std::find(std::begin(wanted), std::end(wanted), name.substr(name.find('-') + 1)) ==
           std::end(wanted);
  });
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Recorded, BuiltFixture, ::testing::ValuesIn(BuiltFixtures()),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace shmount
