#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace netlink {

/**
 * Queue of batches from a thread to JavaScript, and spare ones that keep their memory. Both threads
 * may use it at any time. `Batch` has Weight(), its bytes while it waits, and Clear().
 */
template <typename Batch>
class WaitingBatches {
 public:
  explicit WaitingBatches(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /** True when nothing should be read now. Push() still works. */
  bool Full() const {
    const std::lock_guard lock(mutex_);
    return bytes_ >= max_bytes_;
  }

  void Push(std::unique_ptr<Batch> batch) {
    const std::lock_guard lock(mutex_);
    bytes_ += batch->Weight();
    waiting_.push_back(std::move(batch));
  }

  /** Removes and returns the oldest batch, or returns null. */
  std::unique_ptr<Batch> Pop() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    std::unique_ptr<Batch> batch = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= batch->Weight();
    return batch;
  }

  /** Returns an empty batch, if possible one that already has memory. */
  std::unique_ptr<Batch> Fresh() {
    {
      const std::lock_guard lock(mutex_);
      if (!spares_.empty()) {
        std::unique_ptr<Batch> spare = std::move(spares_.back());
        spares_.pop_back();
        return spare;
      }
    }
    return std::make_unique<Batch>();
  }

  /** Takes a batch back, for reuse by Fresh(). */
  void Recycle(std::unique_ptr<Batch> batch) {
    batch->Clear();
    const std::lock_guard lock(mutex_);
    if (spares_.size() < kMaxSpares) spares_.push_back(std::move(batch));
  }

 private:
  /** Limit on the number of spare batches. Batches of a burst are freed. */
  static constexpr std::size_t kMaxSpares = 4;

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Batch>> waiting_;
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<Batch>> spares_;
};

}  // namespace netlink
