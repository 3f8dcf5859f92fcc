#include "work-queue.h"

#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

namespace netlink {
namespace {

constexpr std::chrono::milliseconds kLinger{1};

}  // namespace

void WorkQueue::Push(std::unique_ptr<Work> work) {
  bool idle = false;
  {
    const std::lock_guard lock(mutex_);
    todo_.push_back(std::move(work));
    idle = idle_;
  }
  if (idle) changed_.notify_one();
}

WorkQueue::Taken WorkQueue::TakeDone() {
  const std::lock_guard lock(mutex_);
  Taken taken{.done = std::exchange(done_, {}), .dropped = {}, .over = closed_ && over_};
  if (taken.over) {
    taken.dropped.assign(std::move_iterator(todo_.begin()), std::move_iterator(todo_.end()));
    todo_.clear();
  }
  return taken;
}

void WorkQueue::Loop() {
  while (std::unique_ptr<Work> work = Next()) {
    work->Run();
    Finish(std::move(work));
  }
  EndLoop();
}

void WorkQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
}

void WorkQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
}

std::unique_ptr<Work> WorkQueue::Next() {
  std::unique_lock lock(mutex_);
  Linger(lock);
  idle_ = true;
  changed_.wait(lock, [this] { return stopped_ || closed_ || !todo_.empty(); });
  idle_ = false;
  if (stopped_ || closed_) return nullptr;
  std::unique_ptr<Work> work = std::move(todo_.front());
  todo_.pop_front();
  return work;
}

void WorkQueue::Linger(std::unique_lock<std::mutex>& lock) {
  if (stopped_ || closed_ || !todo_.empty()) return;
  lock.unlock();
  std::this_thread::sleep_for(kLinger);
  lock.lock();
}

void WorkQueue::Finish(std::unique_ptr<Work> work) {
  const std::lock_guard lock(mutex_);
  done_.push_back(std::move(work));
  // Under the lock, so that wake_ is not called after Stop().
  if (done_.size() == 1 && !stopped_) wake_();
}

void WorkQueue::EndLoop() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  // Finished work that was not taken yet has a wake on its way.
  if (done_.empty() && !stopped_) wake_();
}

}  // namespace netlink
