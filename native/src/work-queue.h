#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace netlink {

/** One thing to do on a thread of its own. What JavaScript needs of it stands in a class derived
 * from it. */
struct Work {
  virtual ~Work() = default;
  virtual void Run() = 0;
};

/**
 * Work on its way to its thread and back. A thread that has done its work looks again after a
 * millisecond before it waits to be woken: waking it costs whoever has work for it more than small
 * work costs, and where there was some there is more, mostly.
 * It may outlive both ends: a thread that a dead disk holds
 * keeps it alive.
 */
class WorkQueue {
 public:
  using Items = std::vector<std::unique_ptr<Work>>;

  /** @param wake called on the thread when finished work is there, once until TakeDone() */
  explicit WorkQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Push(std::unique_ptr<Work> work);
  /** What was finished since the last call, in the order of Push(). */
  Items TakeDone();

  /** What the thread does: one piece of work after the other, until Stop(). */
  void Loop();
  /** Ends Loop() after the work under way. What has not been begun never will be. */
  void Stop();

 private:
  std::unique_ptr<Work> Next();
  /** Sleeps a little, unless there is work. */
  void Linger(std::unique_lock<std::mutex>& lock);
  void Finish(std::unique_ptr<Work> work);

  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Work>> todo_;
  Items done_;
  bool stopped_ = false;
  /** Whether the thread waits to be woken. */
  bool idle_ = false;
};

}  // namespace netlink
