#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace netlink {

/** A task for another thread. Derived classes add what JavaScript needs. */
struct Work {
  virtual ~Work() = default;
  virtual void Run() = 0;
};

/**
 * Queue of work for a thread, and of finished work. When the queue is empty, the thread checks once
 * more after a millisecond, before it waits to be woken: more work usually follows, and waking a
 * thread costs the caller more than small work. The queue may outlive both its users: a thread that
 * hangs on a dead disk keeps it alive.
 */
class WorkQueue {
 public:
  using Items = std::vector<std::unique_ptr<Work>>;

  /** Result of TakeDone(). */
  struct Taken {
    /** Finished work, in the order of Push(). */
    Items done;
    /** Work that will not be run, because Loop() has ended after Close(). */
    Items dropped;
    /** True when Loop() has ended after Close(). No wake follows. */
    bool over = false;
  };

  /** @param wake called on the thread when work is finished, or when Loop() has ended after
   * Close(), at most once until TakeDone() */
  explicit WorkQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Push(std::unique_ptr<Work> work);
  /** Returns the work finished since the last call. */
  Taken TakeDone();

  /** Main loop of the thread: runs the work in order, until Stop() or Close(). */
  void Loop();
  /** Ends Loop() after the current work, and then wakes. Queued work is not run. */
  void Close();
  /** Ends Loop() after the current work, without a further wake. Queued work is not run. */
  void Stop();

 private:
  std::unique_ptr<Work> Next();
  /** Sleeps for a millisecond if there is no work. */
  void Linger(std::unique_lock<std::mutex>& lock);
  void Finish(std::unique_ptr<Work> work);
  void EndLoop();

  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Work>> todo_;
  Items done_;
  bool stopped_ = false;
  bool closed_ = false;
  /** True when Loop() has ended. */
  bool over_ = false;
  /** True while the thread waits to be woken. */
  bool idle_ = false;
};

}  // namespace netlink
