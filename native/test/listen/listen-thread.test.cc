#include "../../src/listen/listen-thread.h"

#include <cerrno>

#include "../check.h"
#include "../fake-events.h"
#include "../poll/waiting.h"
#include "multicast.h"

namespace netlink::test {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20;
constexpr std::int64_t kMs = 1'000'000;

/** A listener's thread. This thread takes the role of JavaScript. */
class Bench {
 public:
  explicit Bench(EventChannel channel, std::size_t max_pending = kLarge,
                 std::size_t batch_bytes = kLarge, std::int64_t gather_ns = kMs)
      : queue(max_pending),
        thread(GroupReader(std::move(channel), false), queue, [this] { ++wakes; },
               {.batch_bytes = batch_bytes, .gather_ns = gather_ns}) {}

  /** Takes batches until this many messages were received or lost. */
  void Take(std::size_t messages) {
    WaitFor([&] {
      while (const auto batch = queue.Pop()) {
        thread.Resume();
        kept += batch->count();
        lost += batch->lost;
        ++batches;
      }
      return kept + lost >= messages;
    });
    CHECK_EQ(kept + lost, messages);
  }

  Multicast group;
  WaitingBatches<MessageBatch> queue;
  std::atomic<int> wakes = 0;
  std::size_t kept = 0;
  std::size_t lost = 0;
  int batches = 0;
  ListenThread thread;
};

TEST("listen thread: delivers what arrives, and ends when stopped") {
  Bench bench(Multicast::Open(kLarge));
  bench.thread.Start();
  bench.group.Send(10);
  bench.Take(10);
  bench.group.Send(10);
  bench.Take(20);
  CHECK_EQ(bench.lost, 0u);
  bench.thread.Stop();
  bench.thread.Join();
  CHECK(bench.thread.ended());
  // The last wake reports the end.
  CHECK_EQ(bench.wakes.load(), bench.batches + 1);
}

TEST("listen thread: gathers messages between two reads") {
  Bench bench(Multicast::Open(kLarge), kLarge, kLarge, 50 * kMs);
  bench.thread.Start();
  bench.group.Send(1);
  bench.Take(1);
  // The next read is 50 ms later, and takes all of them.
  bench.group.Send(100);
  bench.Take(101);
  CHECK(bench.batches <= 4);
}

TEST("listen thread: does not read while paused, and counts what the kernel then loses") {
  Bench bench(Multicast::Open(Multicast::kSmallBuffer));
  bench.thread.Pause(true);
  bench.thread.Start();
  bench.group.Send(300);
  CHECK(bench.queue.Pop() == nullptr);
  bench.thread.Pause(false);
  bench.Take(300);
  CHECK(bench.lost > 0);
  CHECK(bench.kept > 0);
}

TEST("listen thread: does not read while the queue is full") {
  Bench bench(Multicast::Open(Multicast::kSmallBuffer), 1, 1, 0);
  bench.thread.Start();
  bench.group.Send(1);
  WaitFor([&] { return bench.wakes == 1; });
  // The first batch fills the queue, so that these overrun the kernel's.
  bench.group.Send(300);
  CHECK_EQ(bench.wakes.load(), 1);
  bench.Take(301);
  CHECK(bench.lost > 0);
}

TEST("listen thread: reports losses when it is stopped") {
  Bench bench(Multicast::Open(Multicast::kSmallBuffer));
  bench.thread.Pause(true);
  bench.thread.Start();
  bench.group.Send(300);
  bench.thread.Stop();
  bench.thread.Join();
  const auto batch = bench.queue.Pop();
  CHECK(batch != nullptr);
  CHECK(batch->lost > 0);
  CHECK_EQ(batch->count(), 0u);
}

TEST("listen thread: ends when its socket fails") {
  FakeEvents events;
  auto opened = events.Opener()(Multicast::kProtocol, EventsOf());
  Bench bench(std::move(std::get<EventChannel>(opened)));
  FakeEvents::FailNext(EBADF);
  bench.thread.Start();
  events.Tell({1});
  WaitFor([&] { return bench.thread.ended(); });
  const auto batch = bench.queue.Pop();
  CHECK(batch->failure.has_value());
  bench.thread.Join();
}

TEST("listen thread: can be halted at any time, also before its start") {
  {
    Bench never(Multicast::Open(kLarge));
    never.thread.Stop();
  }
  for (int i = 0; i < 20; ++i) {
    Bench bench(Multicast::Open(kLarge));
    bench.thread.Start();
    bench.group.Send(static_cast<std::size_t>(i));
    bench.thread.Halt();
    bench.thread.Halt();
    CHECK(bench.thread.halted() && bench.thread.ended());
  }
}

}  // namespace
}  // namespace netlink::test
