#include "../src/file-queue.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "check.h"

namespace netlink::test {
namespace {

std::unique_ptr<FileJob> Job(std::function<FileResult()> work) {
  auto job = std::make_unique<FileJob>();
  job->work = std::move(work);
  return job;
}

FileResult Numbered(int number) { return FileResult{.fd = number}; }

TEST("file jobs are done in their order, and whoever takes them is woken") {
  std::atomic<int> wakes = 0;
  FileQueue queue([&] { ++wakes; });
  std::thread thread([&] { queue.Work(); });
  constexpr int kJobs = 1000;
  for (int i = 0; i < kJobs; i++) queue.Push(Job([i] { return Numbered(i); }));
  int taken = 0;
  int seen_wakes = 0;
  while (taken < kJobs) {
    if (wakes == seen_wakes) {
      std::this_thread::yield();
      continue;
    }
    seen_wakes = wakes;
    for (const auto& job : queue.TakeDone()) CHECK_EQ(job->result.fd, taken++);
  }
  queue.Stop();
  thread.join();
  CHECK(queue.TakeDone().empty());
}

TEST("file jobs that were not begun before the stop are never done, and nobody is woken after it") {
  std::atomic<bool> begun = false;
  std::atomic<bool> released = false;
  std::atomic<int> wakes = 0;
  std::atomic<int> done = 0;
  FileQueue queue([&] { ++wakes; });
  queue.Push(Job([&] {
    begun = true;
    while (!released) std::this_thread::yield();
    ++done;
    return Numbered(0);
  }));
  queue.Push(Job([&] {
    ++done;
    return Numbered(1);
  }));
  std::thread thread([&] { queue.Work(); });
  while (!begun) std::this_thread::yield();
  queue.Stop();
  released = true;
  thread.join();
  CHECK_EQ(done.load(), 1);
  CHECK_EQ(wakes.load(), 0);
}

}  // namespace
}  // namespace netlink::test
