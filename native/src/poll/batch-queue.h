#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "../table/batch.h"

namespace netlink {

/** Queue of batches from the poll thread to JavaScript. Both threads may use it at any time. */
class BatchQueue {
 public:
  BatchQueue(std::size_t max_scans, std::size_t max_bytes)
      : max_scans_(max_scans), max_bytes_(max_bytes) {}

  /** True when no scan should be made now. Push() still works. */
  bool Full() const;
  /** True when destroy events, too, should stay in the kernel's own queue. */
  bool FullOfEvents() const;
  void Push(std::unique_ptr<Batch> batch);

  /** Removes and returns the oldest batch, or returns null. */
  std::unique_ptr<Batch> Pop();
  std::size_t size() const;
  /** Number of waiting scans. */
  std::size_t scans() const;

  /** Returns an empty batch, if possible one that already has memory. */
  std::unique_ptr<Batch> Fresh();
  /** Takes a batch back, for reuse by Fresh(). */
  void Recycle(std::unique_ptr<Batch> batch);

 private:
  const std::size_t max_scans_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Batch>> waiting_;
  std::size_t bytes_ = 0;
  /** Number of waiting scans. Batches of destroy events do not count: they are many and small. */
  std::size_t scans_ = 0;
  std::vector<std::unique_ptr<Batch>> spares_;
  /** Bytes that the spare batches hold for messages. */
  std::size_t spare_bytes_ = 0;
};

}  // namespace netlink
