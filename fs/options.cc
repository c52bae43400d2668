// SPDX-License-Identifier: Apache-2.0
#include "fs/options.h"

#include <fuse_lowlevel.h>

#include <CLI/CLI.hpp>
#include <map>

#include "fs/version.h"

namespace shmount {
namespace {

const std::map<std::string, std::optional<Access>> kAccessModes = {
    {"auto", std::nullopt},
    {"passthrough", Access::kPassthrough},
    {"link", Access::kLink},
    {"direct", Access::kDirect},
};

// What can be said both as `--name value` and as `-o name=value`.
void AddMountOptions(CLI::App& app, Options& options) {
  app.add_option("--backing", options.backing, "Directory that the blocks lie in")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--access",
         [&options](const std::string& name) { options.access = kAccessModes.at(name); },
         "How blocks are reached: auto, passthrough, link or direct")
      ->check(CLI::IsMember({"auto", "passthrough", "link", "direct"}))
      ->type_name("MODE")
      ->default_str("auto");
  app.add_option("--manager", options.manager,
                 "Unlink at the end what was created through this mount; ID takes it up after a crash")
      ->type_name("ID");
  app.add_flag("--semaphores", options.semaphores, "Show POSIX semaphores (sem.*) too");
}

// `-o a,b=c` says what `--a --b=c` does; what is not ours goes to libfuse as it is.
void ReadDashO(const std::vector<std::string>& items, Options& options) {
  CLI::App app("-o");
  app.allow_extras();
  AddMountOptions(app, options);
  std::vector<std::string> args;
  for (const std::string& item : items) {
    args.push_back("--" + item);
  }
  std::ranges::reverse(args);  // CLI11 takes them from the back
  app.parse(std::move(args));
  for (const std::string& item : app.remaining()) {
    options.fuse.push_back(item.substr(2));
    options.allow_other |= options.fuse.back() == "allow_other";
  }
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
  CLI::App app(
      "Mounts a directory in which every named POSIX shared memory block is a file and every Python "
      "ShareableList is a directory of typed element files.",
      "shmount");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("-V,--version",
                       std::string("shmount ") + kVersion + " (libfuse " + fuse_pkgversion() + ")",
                       "Print the version and exit");
  app.add_option("MOUNTPOINT", options.mountpoint, "Directory to mount on")->required();
  app.add_option("-o", dash_o, "Mount options: those below without the dashes, and FUSE's")
      ->delimiter(',')
      ->type_name("NAME[=VALUE],...")
      ->allow_extra_args(false);
  AddMountOptions(app, options);
  app.add_flag("-f,--foreground", options.foreground, "Stay in the foreground");
  app.add_flag("-d,--debug", options.debug, "Log every request; stays in the foreground");
  try {
    app.parse(argc, argv);
    ReadDashO(dash_o, options);
  } catch (const CLI::Success& success) {
    return std::unexpected(app.exit(success));
  } catch (const CLI::ParseError& error) {
    std::cerr << "shmount: " << error.what() << "\n";
    return std::unexpected(kExitUsage);
  }
  options.foreground |= options.debug;
  return options;
}

}  // namespace shmount
