#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "message-batch.h"

namespace netlink {

/** Queue of batches from a listener's thread to JavaScript. Both threads may use it at any time. */
class MessageQueue {
 public:
  explicit MessageQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /** True when no message should be read now. Push() still works. */
  bool Full() const;
  void Push(std::unique_ptr<MessageBatch> batch);

  /** Removes and returns the oldest batch, or returns null. */
  std::unique_ptr<MessageBatch> Pop();

  /** Returns an empty batch, if possible one that already has memory. */
  std::unique_ptr<MessageBatch> Fresh();
  /** Takes a batch back, for reuse by Fresh(). */
  void Recycle(std::unique_ptr<MessageBatch> batch);

 private:
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<MessageBatch>> waiting_;
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<MessageBatch>> spares_;
};

}  // namespace netlink
