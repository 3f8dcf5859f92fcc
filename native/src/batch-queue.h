#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "batch.h"

namespace netlink {

/** Batches on their way from the poll thread to JavaScript. Both may use it at any time. */
class BatchQueue {
 public:
  BatchQueue(std::size_t max_scans, std::size_t max_bytes)
      : max_scans_(max_scans), max_bytes_(max_bytes) {}

  /** Whether no scan should be made now. Push() works all the same. */
  bool Full() const;
  /** Whether not even ends of keys should be taken from the kernel: it has room for them too. */
  bool FullOfEnds() const;
  void Push(std::unique_ptr<Batch> batch);

  /** The oldest batch, or null. */
  std::unique_ptr<Batch> Pop();
  std::size_t size() const;
  /** Scans that wait. */
  std::size_t scans() const;

  /** An empty batch, if possible one with memory from before. */
  std::unique_ptr<Batch> Fresh();
  /** Takes a batch back for Fresh(). */
  void Recycle(std::unique_ptr<Batch> batch);

 private:
  const std::size_t max_scans_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Batch>> waiting_;
  std::size_t bytes_ = 0;
  /** Scans that wait: batches of ends between two scans are many and small. */
  std::size_t scans_ = 0;
  std::vector<std::unique_ptr<Batch>> spares_;
  /** Bytes that they keep for messages. */
  std::size_t spare_bytes_ = 0;
};

}  // namespace netlink
