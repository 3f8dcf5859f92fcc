#include <cerrno>
#include <chrono>
#include <thread>

#include "../../src/poll/poll-thread.h"
#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-events.h"
#include "../fake-kernel.h"
#include "../grid.h"
#include "../messages.h"
#include "waiting.h"

namespace netlink::test {
namespace {

using Keys = std::vector<std::uint64_t>;

constexpr std::int64_t kMs = 1'000'000;
/** Interval that is longer than any test. */
constexpr std::int64_t kHour = 3600 * kNsPerSecond;
constexpr unsigned kGraceScans = 2;

/** A poll thread over one source with destroy events. This thread takes the role of JavaScript. */
class Bench {
 public:
  explicit Bench(std::int64_t interval, std::size_t max_bytes = std::size_t{64} << 20,
                 std::size_t max_batches = 64)
      : kernel([](const Inquiry& inquiry) { inquiry.Send({inquiry.Done()}); }),
        queue(max_batches, max_bytes),
        thread(Scanners(interval), queue, [] {}) {}

  void Start() { CHECK(!thread.Start()); }

  std::unique_ptr<Batch> Next() { return NextOf(queue); }

  /** Answers every dump with these keys. */
  void Serve(Keys keys) {
    kernel.Answer([keys](const Inquiry& inquiry) {
      for (const std::uint64_t key : keys) inquiry.Send({inquiry.Data(key)});
      inquiry.Send({inquiry.Done()});
    });
  }

  FakeKernel kernel;
  FakeEvents events;
  BatchQueue queue;
  PollThread thread;

 private:
  std::vector<std::unique_ptr<Scanner>> Scanners(std::int64_t interval) {
    SourceSpec source;
    source.dump.query_methods = {{DumpRequest()}};
    source.dump.data_types = {kDataType};
    source.shape = KeyedShape();
    source.interval_ns = interval;
    source.destroy_events = EventsOf(kGraceScans);
    std::vector<std::unique_ptr<Scanner>> scanners;
    scanners.push_back(
        std::make_unique<Scanner>(std::move(source), kernel.Opener(), events.Opener()));
    return scanners;
  }
};

TEST("poll thread: events between two beats come soon, in separate batches") {
  Bench bench(kHour);
  bench.Serve({1, 2});
  bench.Start();
  CHECK(bench.Next()->scanned);
  for (const std::uint64_t key : {1, 2, 3}) {
    bench.events.Tell({key});
    const auto batch = bench.Next();
    CHECK(!batch->scanned);
    CHECK_EQ(batch->source, 0u);
    CHECK(ToldIn(batch->destroyed).keys == Keys({key}));
    CHECK(ToldIn(batch->destroyed).last == Keys({key == 3 ? 0 : key}));
  }
  CHECK_EQ(bench.thread.scanners()[0]->Size(), 0u);
}

TEST("poll thread: many events come in few batches, and all arrive") {
  Bench bench(kHour);
  bench.Start();
  bench.Next();
  constexpr std::uint64_t kCount = 2000;
  const std::int64_t begun = MonotonicNs();
  std::jthread teller([&bench] {
    for (std::uint64_t key = 1; key <= kCount; ++key) bench.events.Tell({key});
  });
  Keys told;
  std::int64_t batches = 0;
  while (told.size() < kCount) {
    const auto batch = bench.Next();
    const Keys keys = ToldIn(batch->destroyed).keys;
    told.insert(told.end(), keys.begin(), keys.end());
    ++batches;
  }
  // Two batches are at least a millisecond apart.
  CHECK(batches <= (MonotonicNs() - begun) / kMs + 1);
  for (std::uint64_t key = 1; key <= kCount; ++key) CHECK_EQ(told[key - 1], key);
}

TEST("poll thread: events stay in the kernel while the queue is full of them") {
  Bench bench(kHour, 2048);
  bench.Start();
  bench.Next();
  std::uint64_t told = 0;
  WaitFor([&] {
    if (bench.queue.FullOfEvents()) return true;
    bench.events.Tell({++told});
    return false;
  });
  const std::size_t waiting = bench.queue.size();
  // Events from now on must not be taken. Give the thread time to take them wrongly.
  for (int i = 0; i < 50; ++i) bench.events.Tell({++told});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_EQ(bench.queue.size(), waiting);
  Keys keys;
  while (keys.size() < told) {
    const Keys more = ToldIn(bench.Next()->destroyed).keys;
    keys.insert(keys.end(), more.begin(), more.end());
  }
  for (std::uint64_t key = 1; key <= told; ++key) CHECK_EQ(keys[key - 1], key);
}

TEST("poll thread: waiting events do not hold scans back, unless they have too many bytes") {
  BatchQueue queue(1, 10'000);
  for (int i = 0; i < 5; ++i) queue.Push(queue.Fresh());
  CHECK(!queue.Full());
  auto scan = queue.Fresh();
  scan->scanned = true;
  queue.Push(std::move(scan));
  CHECK(queue.Full());
  CHECK_EQ(queue.size(), 6u);
  CHECK_EQ(queue.scans(), 1u);
  for (int i = 0; i < 6; ++i) {
    CHECK(queue.Full());
    queue.Pop();
  }
  CHECK(!queue.Full());
  auto events = queue.Fresh();
  events->destroyed.messages.data.resize(10'000);
  queue.Push(std::move(events));
  CHECK(queue.Full());
  CHECK(!queue.FullOfEvents());
  auto more = queue.Fresh();
  more->destroyed.messages.data.resize(10'000);
  queue.Push(std::move(more));
  CHECK(queue.FullOfEvents());
}

TEST("poll thread: an overrun causes scans at once, until missing keys count as gone") {
  Bench bench(kHour);
  bench.Serve({1, 2});
  bench.Start();
  CHECK_EQ(bench.Next()->changed.spans.size(), 4u);
  bench.Serve({2});
  FakeEvents::FailNext(ENOBUFS);
  bench.events.Tell({9});
  const auto told = bench.Next();
  CHECK(!told->scanned);
  CHECK_EQ(told->destroyed.overruns, 1u);
  CHECK(ToldIn(told->destroyed).keys == Keys({9}));
  for (unsigned scan = 0; scan <= kGraceScans; ++scan) {
    const auto batch = bench.Next();
    CHECK(batch->scanned);
    CHECK_EQ(batch->scan, scan + 2);
    CHECK_EQ(batch->late_ns, 0);
    CHECK(batch->gone == (scan < kGraceScans ? Keys{} : Keys{1}));
  }
  // No further scans: the next batch has a destroy event again.
  bench.events.Tell({2});
  CHECK(!bench.Next()->scanned);
}

TEST("poll thread: an overrun found by a scan causes scans too") {
  Bench bench(kHour);
  FakeEvents::FailNext(ENOBUFS);
  bench.Start();
  CHECK_EQ(bench.Next()->destroyed.overruns, 1u);
  for (unsigned scan = 0; scan <= kGraceScans; ++scan) CHECK_EQ(bench.Next()->scan, scan + 2);
}

TEST("poll thread: scans after an overrun wait while batches are not taken") {
  Bench bench(kHour, std::size_t{64} << 20, 1);
  bench.Start();
  WaitFor([&] { return bench.queue.Full(); });
  FakeEvents::FailNext(ENOBUFS);
  bench.events.Tell({9});
  WaitFor([&] { return bench.queue.size() == 2; });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_EQ(bench.queue.size(), 2u);
  CHECK_EQ(bench.Next()->scan, 1u);
  CHECK_EQ(bench.Next()->destroyed.overruns, 1u);
  for (unsigned scan = 0; scan <= kGraceScans; ++scan) CHECK_EQ(bench.Next()->scan, scan + 2);
}

TEST("poll thread: with a stride, beats are skipped and counted") {
  constexpr std::int64_t kInterval = 2 * kMs;
  constexpr unsigned kStride = 5;
  Bench bench(kInterval);
  bench.Start();
  Grid grid(kInterval);
  const auto next_slowed = [&] {
    const auto batch = bench.Next();
    grid.Take(*batch);
    return batch->beats_slowed;
  };
  bench.thread.SetStride(kStride);
  // More if this machine is too slow for the beat.
  WaitFor([&] { return next_slowed() >= kStride - 1; });
  for (int i = 0; i < 10; ++i) CHECK(next_slowed() >= kStride - 1);
  bench.thread.SetStride(1);
  WaitFor([&] { return next_slowed() == 0; });
}

TEST("poll thread: with a stride, events come as soon as without") {
  Bench bench(1 * kMs);
  bench.Start();
  bench.Next();
  bench.thread.SetStride(1000);
  WaitFor([&] { return bench.Next()->effective_interval_ns >= 1000 * kMs; });
  // The next scan is a second away. It delivers the end only if this machine stalls for so long.
  std::uint64_t key = 0;
  WaitFor([&] {
    bench.events.Tell({++key});
    const auto batch = bench.Next();
    CHECK(ToldIn(batch->destroyed).keys == Keys({key}));
    return !batch->scanned;
  });
}

TEST("poll thread: the last scan takes the remaining events") {
  Bench bench(kHour, 1);
  bench.Serve({1});
  bench.Start();
  WaitFor([&] { return bench.queue.FullOfEvents(); });
  bench.events.Tell({1});
  bench.thread.Stop();
  WaitFor([&] { return bench.thread.ended(); });
  bench.Next();
  const auto last = bench.Next();
  CHECK(last->scanned);
  CHECK(ToldIn(last->destroyed).keys == Keys({1}));
  CHECK(last->gone.empty());
}

TEST("poll thread: a failed event socket is reported, and the next scan reopens it") {
  Bench bench(5 * kMs);
  bench.Start();
  FakeEvents::FailNext(EBADF);
  WaitFor([&] { return bench.Next()->destroyed.failure.has_value(); });
  WaitFor([&] { return bench.events.asked() == 2; });
  bench.events.Tell({1});
  WaitFor([&] { return ToldIn(bench.Next()->destroyed).keys == Keys({1}); });
}

TEST("poll thread: does not start without required destroy events") {
  FakeKernel kernel;
  FakeEvents events;
  events.Refuse(Failure{FailureCode::kSocket, EPERM, "bind"});
  SourceSpec source;
  source.dump.query_methods = {{DumpRequest()}};
  source.shape = KeyedShape();
  source.interval_ns = kHour;
  source.destroy_events = EventsOf(0, true);
  std::vector<std::unique_ptr<Scanner>> scanners;
  scanners.push_back(
      std::make_unique<Scanner>(std::move(source), kernel.Opener(), events.Opener()));
  BatchQueue queue(1, 1);
  PollThread thread(std::move(scanners), queue, [] {});
  const auto failure = thread.Start();
  CHECK(failure.has_value());
  CHECK_EQ(failure->error, EPERM);
  CHECK(!thread.ended());
  CHECK(queue.Pop() == nullptr);
}

}  // namespace
}  // namespace netlink::test
