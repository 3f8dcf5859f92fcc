#include "batch-queue.h"

#include <utility>

namespace netlink {
namespace {

/** Limit on the memory of spare batches. Enough for ordinary scans; batches of a burst are freed.
 */
constexpr std::size_t kMaxSpareBytes = 4 * 1024 * 1024;

std::size_t CapacityOf(const Batch& batch) {
  return batch.changed.data.capacity() + batch.destroyed.messages.data.capacity();
}

}  // namespace

bool BatchQueue::Full() const {
  const std::lock_guard lock(mutex_);
  return scans_ >= max_scans_ || bytes_ >= max_bytes_;
}

bool BatchQueue::FullOfEvents() const {
  const std::lock_guard lock(mutex_);
  return bytes_ >= 2 * max_bytes_;
}

void BatchQueue::Push(std::unique_ptr<Batch> batch) {
  const std::lock_guard lock(mutex_);
  bytes_ += batch->Weight();
  scans_ += batch->scans();
  waiting_.push_back(std::move(batch));
}

std::unique_ptr<Batch> BatchQueue::Pop() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<Batch> batch = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= batch->Weight();
  scans_ -= batch->scans();
  return batch;
}

std::size_t BatchQueue::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::size_t BatchQueue::scans() const {
  const std::lock_guard lock(mutex_);
  return scans_;
}

std::unique_ptr<Batch> BatchQueue::Fresh() {
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty()) {
      std::unique_ptr<Batch> spare = std::move(spares_.back());
      spares_.pop_back();
      spare_bytes_ -= CapacityOf(*spare);
      return spare;
    }
  }
  return std::make_unique<Batch>();
}

void BatchQueue::Recycle(std::unique_ptr<Batch> batch) {
  batch->Clear();
  const std::size_t bytes = CapacityOf(*batch);
  const std::lock_guard lock(mutex_);
  if (spare_bytes_ + bytes > kMaxSpareBytes) return;
  spare_bytes_ += bytes;
  spares_.push_back(std::move(batch));
}

}  // namespace netlink
