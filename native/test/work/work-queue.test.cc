#include "../../src/work/work-queue.h"

#include <atomic>
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
    for (const auto& work : queue.TakeDone()) {
      CHECK_EQ(static_cast<Step&>(*work).result, taken++);
    }
  }
  queue.Stop();
  thread.join();
  CHECK(queue.TakeDone().empty());
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

}  // namespace
}  // namespace netlink::test
