// SPDX-License-Identifier: Apache-2.0
#include "tools/shm/run.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/value/utf8.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/private_shm.h"

namespace shmount {
namespace {

constexpr int kOwnFailure = 125;  // as in env(1), nice(1) and timeout(1)

// Finds the daemon: installed beside this program, in its build directory, or where the build was
// to be installed. PATH does not decide: root may run this program in a user's environment.
std::string FindDaemon() {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  std::vector<std::filesystem::path> places = {self / "shmount"};
  if (self.filename() == "shm" && self.parent_path().filename() == "tools") {
    places.push_back(self.parent_path().parent_path() / "fs/shmount");
  }
  for (const auto& place : places) {
    if (access(place.c_str(), X_OK) == 0) {
      return place;
    }
  }
  return SHMOUNT_INSTALLED;
}

/// A daemon that shows the private blocks as long as this object lives.
class Viewer {
 public:
  Viewer(Viewer&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), mountpoint_(std::move(other.mountpoint_)) {}
  Viewer& operator=(Viewer&&) = delete;
  ~Viewer() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);  // it unmounts then
      Reap(pid_);
      struct stat st;
      if (stat(mountpoint_.c_str(), &st) != 0 && errno == ENOTCONN) {
        Detach();  // it was killed before it could unmount
      }
    }
  }

  /// Returns once the mount answers. If it fails, the daemon has said why on stderr.
  static Result<Viewer> Start(int shm, const std::string& mountpoint) {
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      return FailErrno("pipe");
    }
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
      return FailErrno("fork");
    }
    if (pid == 0) {
      Execute(shm, writing.get(), mountpoint, parent);
    }
    Viewer viewer(pid, mountpoint);
    writing.Reset();
    char first = 0;
    // The daemon prints a line once it is mounted.
    if (read(reading.get(), &first, 1) != 1) {
      return Fail(EIO, mountpoint);
    }
    return viewer;
  }

 private:
  Viewer(pid_t pid, std::string mountpoint) : pid_(pid), mountpoint_(std::move(mountpoint)) {}

  static void Reap(pid_t pid) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  void Detach() const {
    if (umount2(mountpoint_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
      return;
    }
    const pid_t helper = fork();
    if (helper == 0) {
      execlp("fusermount3", "fusermount3", "-u", "-z", "--", mountpoint_.c_str(), nullptr);
      _exit(kOwnFailure);
    }
    if (helper > 0) {
      Reap(helper);
    }
  }

  [[noreturn]] static void Execute(int shm, int output, const std::string& mountpoint,
                                   pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      _exit(kOwnFailure);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    setsid();  // Ctrl-C ends the command; the mount stays until the command has ended
    dup2(output, STDOUT_FILENO);
    const std::string backing = "/proc/self/fd/" + std::to_string(dup(shm));
    const std::string daemon = FindDaemon();
    execl(daemon.c_str(), "shmount", "-f", "--backing", backing.c_str(), "-o", "fsname=shm-run",
          mountpoint.c_str(), nullptr);
    fmt::print(stderr, "shm: {}: {}\n", daemon, std::strerror(errno));
    _exit(kOwnFailure);
  }

  pid_t pid_;
  std::string mountpoint_;
};

int ReportOwnFailure(const Error& error) {
  fmt::print(stderr, "shm: run: {}: {}\n", error.where, std::strerror(error.code));
  return kOwnFailure;
}

void Declare(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  AddSize(command, "--size", options->size, "How much memory the blocks may use")
      ->type_name("LIMIT");
  command.add_option("--mount", options->mount, "Show its blocks at DIR while the command runs")
      ->type_name("DIR");
  command.prefix_command();  // options after the command's name belong to it
  command.footer(
      "COMMAND and its arguments follow the options. Put -- before a command with options.");
}

}  // namespace

void AddRun(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run", "Run a command with a private /dev/shm, which is removed when the command ends");
  Declare(*command, options);
  command->callback([options, command, &context] {
    std::vector<std::string> words = command->remaining();
    // Words after -- are guarded, so that they do not begin with a minus.
    if (!words.empty() && words.front().starts_with('-')) {
      throw CLI::ExtrasError("run", {words.front()});
    }
    for (std::string& word : words) {
      options->command.push_back(Unguard(std::move(word)));
    }
    if (!options->command.empty() && options->command.front() == "--") {
      options->command.erase(options->command.begin());
    }
    if (options->command.empty()) {
      throw CLI::RequiredError("COMMAND");
    }
    context.status = RunCommand(*options);
  });
}

int RunCommand(const RunOptions& options) {
  auto contained = Contained::Prepare(options.size, options.mount);
  if (!contained) {
    return ReportOwnFailure(contained.error());
  }
  std::optional<Viewer> viewer;
  if (!options.mount.empty()) {
    auto started = Viewer::Start(contained->shm(), options.mount);
    if (!started) {
      return ReportOwnFailure(started.error());
    }
    viewer.emplace(*std::move(started));
  }
  if (const auto started = contained->Start(options.command); !started) {
    return ReportOwnFailure(started.error());
  }
  const auto status = contained->Wait();
  if (!status) {
    return ReportOwnFailure(status.error());
  }
  if (const auto leftovers = contained->Leftovers(); !leftovers) {
    ReportOwnFailure(leftovers.error());
  } else {
    for (const Lingering& left : *leftovers) {
      fmt::print(stderr, "shm: run: {} ({}) was still running and is ended\n", left.pid,
                 Printable(left.command));
    }
  }
  contained->End();
  if (options.size && *status == 128 + SIGBUS) {
    fmt::print(stderr,
               "shm: run: ended by SIGBUS, as a store is that finds no memory left of --size {}\n",
               HumanSize(*options.size));
  }
  return *status;
}

}  // namespace shmount
