#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "file-work.h"

namespace netlink {

/** One thing to do with a file. What JavaScript needs of it stands in a class derived from it. */
struct FileJob {
  virtual ~FileJob() = default;
  std::function<FileResult()> work;
  FileResult result;
};

/**
 * Work on its way to the file thread and back. It may outlive both ends: a thread that a dead disk
 * holds keeps it alive.
 */
class FileQueue {
 public:
  using Jobs = std::vector<std::unique_ptr<FileJob>>;

  /** @param wake called on the thread when finished work is there, once until TakeDone() */
  explicit FileQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Push(std::unique_ptr<FileJob> job);
  /** What was finished since the last call, in the order of Push(). */
  Jobs TakeDone();

  /** What the thread does: one job after the other, until Stop(). */
  void Work();
  /** Ends Work() after the job under way. What has not been begun never will be. */
  void Stop();

 private:
  std::unique_ptr<FileJob> Next();
  void Finish(std::unique_ptr<FileJob> job);

  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<FileJob>> todo_;
  Jobs done_;
  bool stopped_ = false;
};

}  // namespace netlink
