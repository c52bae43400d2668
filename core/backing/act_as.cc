// SPDX-License-Identifier: Apache-2.0
#include "core/backing/act_as.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/unique_fd.h"

namespace shmount {
namespace {

constexpr std::uint64_t Bit(int capability) { return std::uint64_t{1} << capability; }

// The capabilities that decide what a process may do with files (capabilities(7)).
constexpr std::uint64_t kFileCapabilities =
    Bit(CAP_CHOWN) | Bit(CAP_DAC_OVERRIDE) | Bit(CAP_DAC_READ_SEARCH) | Bit(CAP_FOWNER) |
    Bit(CAP_FSETID) | Bit(CAP_LEASE) | Bit(CAP_LINUX_IMMUTABLE) | Bit(CAP_MKNOD) |
    Bit(CAP_SYS_ADMIN) | Bit(CAP_SYS_RESOURCE);

// The C library's setgroups() changes every thread; the system call changes only this one.
bool SetThreadGroups(const std::vector<gid_t>& groups) {
  return syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

std::vector<gid_t> OwnGroups() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  groups.resize(static_cast<std::size_t>(
      std::max(0, getgroups(static_cast<int>(groups.size()), groups.data()))));
  return groups;
}

// setfsuid(2) and setfsgid(2) return the previous ID and report no errors. A second call with an
// invalid ID changes nothing and tells the current one.
bool SetFileUser(uid_t uid) {
  setfsuid(uid);
  return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1))) == uid;
}
bool SetFileGroup(gid_t gid) {
  setfsgid(gid);
  return static_cast<gid_t>(setfsgid(static_cast<gid_t>(-1))) == gid;
}

// This thread's effective capabilities.
class Capabilities {
 public:
  Capabilities() : known_(syscall(SYS_capget, &header_, data_.data()) == 0) {}
  std::uint64_t effective() const {
    return known_ ? data_[0].effective | std::uint64_t{data_[1].effective} << 32 : 0;
  }
  bool Set(std::uint64_t effective) {
    data_[0].effective = static_cast<std::uint32_t>(effective);
    data_[1].effective = static_cast<std::uint32_t>(effective >> 32);
    return known_ && syscall(SYS_capset, &header_, data_.data()) == 0;
  }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data_ = {};
  bool known_;
};

bool ChangeCapabilities(std::uint64_t drop, std::uint64_t raise) {
  Capabilities own;
  return own.Set((own.effective() & ~drop) | raise);
}

Result<std::string> ReadProc(const std::string& process, const char* name) {
  const UniqueFd file(open(("/proc/" + process + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return FailErrno(name);
  }
  std::string text;
  std::array<char, 4096> piece;
  ssize_t n = 0;
  while ((n = read(file.get(), piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  return n < 0 ? Result<std::string>(FailErrno(name)) : std::move(text);
}

// The text after "NAME:" in the lines of a file in /proc.
std::string_view Field(std::string_view text, std::string_view name) {
  const std::size_t at = text.find("\n" + std::string(name) + ":");
  if (at == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(at + name.size() + 2);
  return text.substr(0, text.find('\n'));
}

template <class Number>
std::vector<Number> Numbers(std::string_view text, int base) {
  std::vector<Number> numbers;
  const char* const end = text.begin() + text.size();
  for (const char* at = text.begin(); at != end;) {
    Number number = 0;
    const auto [next, error] = std::from_chars(at, end, number, base);
    if (error == std::errc()) {
      numbers.push_back(number);
    }
    at = next == at ? at + 1 : next;
  }
  return numbers;
}

}  // namespace

Result<ProcessRights> ReadRights(pid_t pid) {
  const std::string process = std::to_string(pid);
  const auto status = pid > 0 ? ReadProc(process, "status") : Fail(EACCES, "the caller");
  const auto capabilities =
      Numbers<std::uint64_t>(status ? Field(*status, "CapEff") : std::string_view(), 16);
  if (!status || capabilities.size() != 1) {
    return Fail(EACCES, "the caller's groups and capabilities cannot be read");
  }
  // Root of another user namespace has all capabilities there, but none over files outside of it.
  // The ID maps tell the namespaces apart; reading /proc/PID/ns/user would take CAP_SYS_PTRACE.
  static const auto kOwnMap = ReadProc("self", "uid_map");
  const bool any = capabilities.front() != 0;
  const auto map = any ? ReadProc(process, "uid_map") : Result<std::string>("");
  return ProcessRights{Numbers<gid_t>(Field(*status, "Groups"), 10),
                       map && kOwnMap && *map == *kOwnMap ? capabilities.front() : 0};
}

bool IsCapable(const Caller& caller, int capability) {
  const auto rights = caller.uid == 0 ? ReadRights(caller.pid) : Result<ProcessRights>();
  return rights && (rights->capabilities & Bit(capability)) != 0;
}

Result<ActAs> ActAs::For(bool enabled, const Caller& caller) {
  if (!enabled) {
    return ActAs();
  }
  const auto rights = TRY(ReadRights(caller.pid));
  return Take(caller.uid, caller.gid, rights);
}

Result<ActAs> ActAs::User(uid_t uid, gid_t gid) {
  return Take(uid, gid, {.groups = {}, .capabilities = ~std::uint64_t{0}});
}

Result<ActAs> ActAs::Take(uid_t uid, gid_t gid, const ProcessRights& rights) {
  // For a caller that is not root, the kernel itself takes the capabilities over files from this
  // thread.
  const std::uint64_t dropped =
      uid == 0 ? Capabilities().effective() & kFileCapabilities & ~rights.capabilities : 0;
  ActAs as;
  if (uid == geteuid() && gid == getegid() && dropped == 0) {
    return as;
  }
  as.own_groups_ = OwnGroups();
  as.active_ = true;
  as.dropped_ = dropped;
  // The user comes last, because changing it takes away the rights over files.
  if (!SetThreadGroups(rights.groups) || !SetFileGroup(gid) || !SetFileUser(uid) ||
      (dropped != 0 && !ChangeCapabilities(dropped, 0))) {
    return Fail(EACCES, "this daemon cannot act as the caller");
  }
  return as;
}

Status ActAs::Check() {
  const std::uint64_t needed = Bit(CAP_SETUID) | Bit(CAP_SETGID);
  if ((Capabilities().effective() & needed) != needed) {
    return Fail(EPERM, "serving other users needs CAP_SETUID and CAP_SETGID");
  }
  const int bits = prctl(PR_GET_SECUREBITS);
  if (bits < 0 || (bits & SECBIT_NO_SETUID_FIXUP) != 0) {
    return Fail(EPERM, "serving other users does not go with the securebit no_setuid_fixup");
  }
  return {};
}

ActAs::ActAs(ActAs&& other) noexcept
    : active_(std::exchange(other.active_, false)),
      dropped_(other.dropped_),
      own_groups_(std::move(other.own_groups_)) {}

ActAs::~ActAs() {
  if (!active_) {
    return;
  }
  if (dropped_ != 0) {
    (void)ChangeCapabilities(0, dropped_);
  }
  setfsuid(geteuid());
  setfsgid(getegid());
  (void)SetThreadGroups(own_groups_);
}

}  // namespace shmount
