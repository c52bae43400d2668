// SPDX-License-Identifier: Apache-2.0
// shm watch.
#include "core/backing/watch.h"

#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>

#include "core/backing/directory.h"
#include "core/lifetime/inventory.h"
#include "core/value/utf8.h"
#include "tools/shm/arguments.h"
#include "tools/shm/command.h"
#include "tools/shm/format.h"
#include "tools/shm/holders.h"

namespace shmount {
namespace {

struct WatchOptions {
  std::vector<std::string> patterns;
  unsigned interval = 1;
};

/// Compares what is in the backing with what was there before, and prints a line for each
/// difference. Thread safe.
class Reporter {
 public:
  Reporter(const Directory& backing, const WatchOptions& options, const Context& context)
      : backing_(backing), options_(options), json_(context.json) {}

  /// Remembers what is in the backing without printing it.
  Status Start() {
    const std::lock_guard lock(mutex_);
    const auto items = TRY(TakeInventory(backing_));
    for (const Item& item : items) {
      if (Matches(options_.patterns, item.name)) {
        known_.insert_or_assign(item.name, Known{item, false});
      }
    }
    JudgeOrphans(false);
    return {};
  }

  void Examine(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (Matches(options_.patterns, name)) {
      Compare(name);
    }
  }

  /// Examines every name again. No event reports stores to mappings, which can make lists, or the
  /// end of a process.
  void ExamineAll() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    if (const auto items = TakeInventory(backing_)) {
      for (const Item& item : *items) {
        names.push_back(item.name);
      }
    }
    for (const auto& [name, known] : known_) {
      names.push_back(name);
    }
    for (const std::string& name : names) {
      if (Matches(options_.patterns, name)) {
        Compare(name);
      }
    }
    JudgeOrphans(true);
  }

 private:
  struct Known {
    Item item;
    bool orphan = false;
  };

  void Compare(const std::string& name) {
    const auto now = Describe(backing_, name);
    auto known = known_.find(name);
    if (known != known_.end() && (!now || now->stat.st_ino != known->second.item.stat.st_ino)) {
      // A sealed draft has become a list of the same name, so nothing was unlinked.
      const bool sealed = now && known->second.item.kind == ItemKind::kDraft;
      if (!sealed) {
        Tell("unlinked", known->second.item, "");
      } else {
        TellKind(*now);
      }
      known_.erase(known);
      known = known_.end();
      if (sealed) {
        known_.insert_or_assign(name, Known{*now, false});
        return;
      }
    }
    if (!now) {
      return;
    }
    if (known == known_.end()) {
      Tell("created", *now, HumanSize(now->size()));
      if (now->kind == ItemKind::kList) {
        TellKind(*now);
      }
      known_.insert_or_assign(name, Known{*now, false});
      return;
    }
    Item& before = known->second.item;
    if (before.size() != now->size() && now->kind != ItemKind::kDraft) {
      Tell("resized", *now, HumanSize(before.size()) + " to " + HumanSize(now->size()));
    }
    if (before.kind != ItemKind::kList && now->kind == ItemKind::kList) {
      TellKind(*now);
    }
    before = *now;
  }

  void JudgeOrphans(bool tell) {
    std::unordered_set<ino_t> inodes;
    for (const auto& [name, known] : known_) {
      inodes.insert(known.item.stat.st_ino);
    }
    const auto table = HolderTable::Scan(backing_, std::move(inodes));
    if (!table) {
      return;
    }
    for (auto& [name, known] : known_) {
      const bool orphan = FindUse(backing_, *table, known.item) == Use::kOrphan;
      if (tell && orphan && !known.orphan) {
        Tell("orphaned", known.item, "");
      }
      known.orphan = orphan;
    }
  }

  void TellKind(const Item& list) {
    Tell("list", list, Counted(list.shape.count, "element", "elements"));
  }

  void Tell(const char* event, const Item& item, const std::string& more) const {
    if (json_) {
      Print(JsonText({{"event", event}, {"name", JsonName(item.name)}, {"size", item.size()}}, -1) +
            "\n");
    } else {
      Print(std::string(event) + " " + Printable(item.name) + (more.empty() ? "" : " " + more) +
            "\n");
    }
    std::fflush(stdout);
  }

  const Directory& backing_;
  const WatchOptions& options_;
  const bool json_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

/// Examines every name at intervals, until a signal comes, and then stops the watch.
void ExamineAtIntervals(Reporter& reporter, Watch& watch, unsigned seconds) {
  const sigset_t signals = StopSignals();
  const struct timespec interval = {static_cast<time_t>(seconds), 0};
  while (sigtimedwait(&signals, nullptr, &interval) < 0 && std::ferror(stdout) == 0) {
    reporter.ExamineAll();
  }
  watch.Stop();
}

int Follow(const Directory& backing, const WatchOptions& options, const Context& context) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // the other thread waits for them
  auto watch = Watch::Open(context.backing);
  if (!watch) {
    return Complain(context.backing, watch.error());
  }
  Reporter reporter(backing, options, context);
  if (const auto started = reporter.Start(); !started) {
    return Complain(context.backing, started.error());
  }
  const std::jthread thread([&] { ExamineAtIntervals(reporter, *watch, options.interval); });
  for (;;) {
    const auto events = watch->Wait();
    if (!events) {
      return events.error().code == ECANCELED ? kExitOk : Complain(context.backing, events.error());
    }
    if (events->gone) {
      kill(getpid(), SIGTERM);  // ends the thread
      return Complain(context.backing, "Unmounted or removed");
    }
    if (events->overflow) {
      reporter.ExamineAll();
    }
    for (const Event& event : events->events) {
      reporter.Examine(event.name);
    }
  }
}

}  // namespace

void AddWatch(CLI::App& app, Context& context) {
  AddCommand<WatchOptions>(
      app, context, "watch",
      "Print a line for each block that is created, resized, becomes a list, is unlinked or "
      "orphaned",
      [](CLI::App& command, WatchOptions& options) {
        AddWords(command, "PATTERN", options.patterns, "Shell patterns; only names that match one");
        command
            .add_option("--interval", options.interval,
                        "Seconds between two checks for orphans and for new lists")
            ->check(CLI::Range(1, 3600))
            ->type_name("SECONDS")
            ->capture_default_str();
      },
      Follow);
}

}  // namespace shmount
