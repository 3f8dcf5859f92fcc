#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "../../src/poll/batch-queue.h"
#include "../../src/util/clock.h"
#include "../check.h"

namespace netlink::test {

/** Waits until a condition holds. The timeout is so long that only a bug can exceed it. */
template <typename Condition>
void WaitFor(Condition condition) {
  const std::int64_t deadline = MonotonicNs() + 20 * kNsPerSecond;
  while (!condition()) {
    if (MonotonicNs() > deadline) Fail(__FILE__, __LINE__, "nothing came");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

/** Waits for the next batch of a queue and returns it. */
inline std::unique_ptr<Batch> NextOf(BatchQueue& queue) {
  std::unique_ptr<Batch> batch;
  WaitFor([&] { return (batch = queue.Pop()) != nullptr; });
  return batch;
}

}  // namespace netlink::test
