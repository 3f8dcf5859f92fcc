#include "file-queue.h"

#include <utility>

namespace netlink {

void FileQueue::Push(std::unique_ptr<FileJob> job) {
  {
    const std::lock_guard lock(mutex_);
    todo_.push_back(std::move(job));
  }
  changed_.notify_one();
}

FileQueue::Jobs FileQueue::TakeDone() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void FileQueue::Work() {
  while (std::unique_ptr<FileJob> job = Next()) {
    job->result = job->work();
    Finish(std::move(job));
  }
}

void FileQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
}

std::unique_ptr<FileJob> FileQueue::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || !todo_.empty(); });
  if (stopped_) return nullptr;
  std::unique_ptr<FileJob> job = std::move(todo_.front());
  todo_.pop_front();
  return job;
}

void FileQueue::Finish(std::unique_ptr<FileJob> job) {
  const std::lock_guard lock(mutex_);
  done_.push_back(std::move(job));
  // Under the lock, so that nobody is woken after Stop().
  if (done_.size() == 1 && !stopped_) wake_();
}

}  // namespace netlink
