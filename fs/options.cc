// SPDX-License-Identifier: Apache-2.0
#include "fs/options.h"

#include <fmt/core.h>
#include <fuse_lowlevel.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "fs/version.h"
#include "tools/cli/command_line.h"

namespace shmount {
namespace {

const std::map<std::string, std::optional<Access>> kAccessModes = {
    {"auto", std::nullopt},
    {"passthrough", Access::kPassthrough},
    {"link", Access::kLink},
    {"direct", Access::kDirect},
};

// The options that can be given both as `--name value` and as `-o name=value`.
void AddMountOptions(CLI::App& app, Options& options) {
  app.add_option("--backing", options.backing, "Directory where the blocks are")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--access",
         [&options](const std::string& name) { options.access = kAccessModes.at(name); },
         "How programs access blocks: auto, passthrough, link or direct")
      ->transform(OneOf({"auto", "passthrough", "link", "direct"}))
      ->type_name("MODE")
      ->default_str("auto");
  app.add_option(
         "--manager", options.manager,
         "When unmounted, unlink the blocks created through the mount; after a crash, start "
         "it again with the same ID")
      ->check([](const std::string& id) { return id.empty() ? "the ID is empty" : std::string(); })
      ->type_name("ID");
  app.add_flag("--semaphores", options.semaphores, "Show POSIX semaphores (sem.*) too");
}

// `-o a,b=c` means `--a --b=c`. An option that is not ours goes to libfuse as it is.
void ReadDashO(const std::vector<std::string>& items, Options& options) {
  CLI::App app("-o");
  app.allow_extras();
  AddMountOptions(app, options);
  std::vector<std::string> args;
  args.reserve(items.size());
  for (const std::string& item : items) {
    args.push_back("--" + item);
  }
  std::ranges::reverse(args);  // CLI11 reads them from the back
  app.parse(std::move(args));
  for (const std::string& item : app.remaining()) {
    options.fuse.push_back(item.substr(2));
    options.allow_other |= options.fuse.back() == "allow_other";
  }
}

// mount(8) runs `mount.shmount SOURCE MOUNTPOINT [-sfnv] [-o OPTIONS] [-t TYPE.SUBTYPE]`.
bool IsMountHelper(const char* program) {
  return std::filesystem::path(program).filename().string().starts_with("mount.");
}

struct HelperOptions {
  std::string source;
  bool fake = false;
  bool ignored = false;
  std::string type;
};

void AddHelperOptions(CLI::App& app, HelperOptions& helper) {
  app.add_option("SOURCE", helper.source, "The backing; none and shmount mean /dev/shm")
      ->required();
  app.add_flag("-f", helper.fake, "Check the command line and do not mount");
  app.add_flag("-s,-n,-v", helper.ignored, "Without effect; mount(8) may pass them");
  app.add_option("-t", helper.type, "Without effect; mount(8) may pass it")->type_name("TYPE");
}

// Options with which fstab, mount(8) and systemd inform each other, and flags of the kernel that
// libfuse does not know and that make no difference here.
bool IsForMountAlone(const std::string& item) {
  static constexpr std::array kWords = {
      "auto",     "noauto",     "defaults",    "user",     "nouser",  "users", "nousers",
      "owner",    "noowner",    "group",       "nogroup",  "nofail",  "fail",  "_netdev",
      "relatime", "norelatime", "strictatime", "lazytime", "silent",  "loud",  "mand",
      "nomand",   "nolazytime", "noiversion",  "atime",    "diratime"};
  static constexpr std::array kPrefixes = {"x-", "X-", "comment=", "user=", "uhelper=", "helper="};
  return std::ranges::find(kWords, item) != kWords.end() ||
         std::ranges::any_of(kPrefixes,
                             [&](const char* prefix) { return item.starts_with(prefix); });
}

// The mount table must show the same source as fstab: `mount -a` compares the two to find what is
// already mounted.
void ApplySource(const std::string& source, Options& options) {
  if (source != "none" && source != "shmount") {
    options.backing = source;
  }
  options.fuse.push_back("fsname=" + source);
}

// An ordinary user's daemon has only that user's rights, and would lend them to every user.
bool LendsRights(const Options& options) {
  return options.allow_other && geteuid() != 0 &&
         std::ranges::find(options.fuse, "default_permissions") == options.fuse.end();
}

}  // namespace

const char* AccessName(Access access) {
  for (const auto& [name, mode] : kAccessModes) {
    if (mode == access) {
      return name.c_str();
    }
  }
  return "?";
}

std::expected<Options, int> ParseOptions(int argc, char** argv) {
  Options options;
  std::vector<std::string> dash_o;
  HelperOptions helper;
  const bool is_helper = IsMountHelper(argv[0]);
  CLI::App app(
      "Mounts a directory in which every named POSIX shared memory block is a file and every "
      "Python ShareableList is a directory of typed element files.",
      "shmount");
  SetUpCommandLine(app,
                   std::string("shmount ") + kVersion + " (libfuse " + fuse_pkgversion() + ")");
  if (is_helper) {
    AddHelperOptions(app, helper);
  }
  app.add_option("MOUNTPOINT", options.mountpoint, "Directory to mount on")->required();
  app.add_option("-o", dash_o,
                 "Mount options: backing=, access=, manager=, semaphores, and those of FUSE")
      ->delimiter(',')
      ->type_name("NAME[=VALUE],...")
      ->allow_extra_args(false);
  AddMountOptions(app, options);
  app.add_flag(is_helper ? "--foreground" : "-f,--foreground", options.foreground,
               "Stay in the foreground");
  app.add_flag("-d,--debug", options.debug, "Log a line for each request; implies --foreground");
  try {
    app.parse(argc, argv);
    if (is_helper) {
      ApplySource(helper.source, options);
      std::erase_if(dash_o, IsForMountAlone);
    }
    ReadDashO(dash_o, options);
  } catch (const CLI::ParseError& error) {
    const Told told = TellOf(app, error);
    std::FILE* const stream = told.is_error ? stderr : stdout;
    fmt::print(stream, "{}", told.text);
    if (std::fflush(stream) != 0) {
      fmt::print(stderr, "shmount: standard output: {}\n", std::strerror(errno));
      return std::unexpected(kExitFailed);
    }
    return std::unexpected(told.is_error ? kExitUsage : kExitOk);
  }
  if (LendsRights(options)) {
    std::cerr
        << "shmount: allow_other needs root, which can act with each user's rights; as another "
           "user, add default_permissions, so that the kernel checks them\n";
    return std::unexpected(kExitUsage);
  }
  if (helper.fake) {
    return std::unexpected(kExitOk);
  }
  options.foreground |= options.debug;
  return options;
}

}  // namespace shmount
