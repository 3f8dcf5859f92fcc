#include "../../src/work/work-queue.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "../check.h"

namespace netlink::test {
namespace {

struct Step : Work {
  explicit Step(std::function<int()> what) : run(std::move(what)) {}
  void Run() override { result = run(); }

  std::function<int()> run;
  int result = -1;
};

std::unique_ptr<Work> Make(std::function<int()> run) {
  return std::make_unique<Step>(std::move(run));
}

TEST("work is done in order, and the consumer is woken") {
  std::atomic<int> wakes = 0;
  WorkQueue queue([&] { ++wakes; });
  std::thread thread([&] { queue.Loop(); });
  constexpr int kSteps = 1000;
  for (int i = 0; i < kSteps; i++) queue.Push(Make([i] { return i; }));
  int taken = 0;
  int seen_wakes = 0;
  while (taken < kSteps) {
    if (wakes == seen_wakes) {
      std::this_thread::yield();
      continue;
    }
    seen_wakes = wakes;
    for (const auto& work : queue.TakeDone().done) {
      CHECK_EQ(static_cast<Step&>(*work).result, taken++);
    }
  }
  queue.Stop();
  thread.join();
  CHECK(queue.TakeDone().done.empty());
}

TEST("work not begun before the stop is never done, and there is no wake after it") {
  std::atomic<bool> begun = false;
  std::atomic<bool> released = false;
  std::atomic<int> wakes = 0;
  std::atomic<int> done = 0;
  WorkQueue queue([&] { ++wakes; });
  queue.Push(Make([&] {
    begun = true;
    while (!released) std::this_thread::yield();
    ++done;
    return 0;
  }));
  queue.Push(Make([&] {
    ++done;
    return 1;
  }));
  std::thread thread([&] { queue.Loop(); });
  while (!begun) std::this_thread::yield();
  queue.Stop();
  released = true;
  thread.join();
  CHECK_EQ(done.load(), 1);
  CHECK_EQ(wakes.load(), 0);
}

TEST("a queue that is closed ends after the current work, and returns what was not begun") {
  std::atomic<bool> begun = false;
  std::atomic<bool> released = false;
  std::atomic<int> wakes = 0;
  WorkQueue queue([&] { ++wakes; });
  queue.Push(Make([&] {
    begun = true;
    while (!released) std::this_thread::yield();
    return 1;
  }));
  queue.Push(Make([] { return 2; }));
  queue.Push(Make([] { return 3; }));
  std::thread thread([&] { queue.Loop(); });
  while (!begun) std::this_thread::yield();
  queue.Close();
  const WorkQueue::Taken early = queue.TakeDone();
  CHECK(!early.over);
  CHECK(early.done.empty());
  CHECK(early.dropped.empty());
  released = true;
  thread.join();
  // One wake reports both the work and the end.
  CHECK_EQ(wakes.load(), 1);
  const WorkQueue::Taken taken = queue.TakeDone();
  CHECK(taken.over);
  CHECK_EQ(taken.done.size(), std::size_t{1});
  CHECK_EQ(taken.dropped.size(), std::size_t{2});
  for (const auto& work : taken.dropped) CHECK_EQ(static_cast<Step&>(*work).result, -1);
}

TEST("a queue that is closed while it waits wakes once, and has nothing") {
  std::atomic<int> wakes = 0;
  WorkQueue queue([&] { ++wakes; });
  std::thread thread([&] { queue.Loop(); });
  queue.Close();
  thread.join();
  CHECK_EQ(wakes.load(), 1);
  const WorkQueue::Taken taken = queue.TakeDone();
  CHECK(taken.over);
  CHECK(taken.done.empty());
  CHECK(taken.dropped.empty());
}

}  // namespace
}  // namespace netlink::test
