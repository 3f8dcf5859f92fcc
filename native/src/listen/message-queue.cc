#include "message-queue.h"

#include <utility>

namespace netlink {
namespace {

/** Limit on the number of spare batches. Batches of a burst are freed. */
constexpr std::size_t kMaxSpares = 4;

}  // namespace

bool MessageQueue::Full() const {
  const std::lock_guard lock(mutex_);
  return bytes_ >= max_bytes_;
}

void MessageQueue::Push(std::unique_ptr<MessageBatch> batch) {
  const std::lock_guard lock(mutex_);
  bytes_ += batch->Weight();
  waiting_.push_back(std::move(batch));
}

std::unique_ptr<MessageBatch> MessageQueue::Pop() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<MessageBatch> batch = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= batch->Weight();
  return batch;
}

std::unique_ptr<MessageBatch> MessageQueue::Fresh() {
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty()) {
      std::unique_ptr<MessageBatch> spare = std::move(spares_.back());
      spares_.pop_back();
      return spare;
    }
  }
  return std::make_unique<MessageBatch>();
}

void MessageQueue::Recycle(std::unique_ptr<MessageBatch> batch) {
  batch->Clear();
  const std::lock_guard lock(mutex_);
  if (spares_.size() < kMaxSpares) spares_.push_back(std::move(batch));
}

}  // namespace netlink
