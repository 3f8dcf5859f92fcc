#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "../table/scanner.h"

namespace netlink {

/** An added source, or a removed one if `scanner` is null. */
struct SourceChange {
  std::size_t source;
  std::shared_ptr<Scanner> scanner;
};

/** Queue of added and removed sources for the poll thread. Any thread may use it. */
class SourceChanges {
 public:
  void Push(SourceChange change) {
    const std::lock_guard lock(mutex_);
    changes_.push_back(std::move(change));
  }

  std::vector<SourceChange> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(changes_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<SourceChange> changes_;
};

}  // namespace netlink
