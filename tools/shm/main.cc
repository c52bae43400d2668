// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <iostream>

#include "tools/cli/command_line.h"
#include "tools/shm/command.h"
#include "tools/shm/version.h"

namespace shmount {
namespace {

constexpr char kFooter[] =
    "Exit status: 0 done, or yes; 1 no, not found or failed; 2 the command line is wrong.";

int Run(int argc, char** argv) {
  Context context;
  CLI::App app("POSIX shared memory blocks and Python ShareableLists from the shell.", "shm");
  SetUpCommandLine(app, std::string("shm ") + kVersion);
  app.add_option("--backing", context.backing, "Directory where the blocks are")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_flag("-J,--json", context.json, "Print JSON");
  app.require_subcommand(1);
  app.footer(kFooter);
  for (const auto add :
       {AddLs, AddBlocks, AddLists, AddSearch, AddRepair, AddHolders, AddPrune, AddRun, AddWatch}) {
    add(app, context);
  }
  try {
    app.parse(GuardWords(argc, argv));
  } catch (const CLI::ParseError& error) {
    const Told told = TellOf(app, error);
    (told.is_error ? std::cerr : std::cout) << Unguard(told.text);
    return told.is_error ? kExitUsage : kExitOk;
  }
  return context.status;
}

int Main(int argc, char** argv) {
  const int status = Run(argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return Complain("standard output", FailErrno("write").error());
  }
  return status;
}

}  // namespace
}  // namespace shmount

int main(int argc, char** argv) {
  try {
    return shmount::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "shm: " << error.what() << "\n";
    return shmount::kExitNo;
  }
}
