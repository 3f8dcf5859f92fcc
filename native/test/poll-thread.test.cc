#include "../src/poll-thread.h"

#include <signal.h>

#include <chrono>
#include <thread>

#include "../src/util/clock.h"
#include "check.h"
#include "fake-kernel.h"
#include "messages.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/** A poll thread over fake sources, with this thread in JavaScript's place. */
class Bench {
 public:
  Bench(std::size_t max_batches, std::vector<std::int64_t> intervals,
        FakeKernel::Script script = Serve)
      : kernel(std::move(script)),
        queue(max_batches, std::size_t{64} << 20),
        thread(Scanners(intervals), queue, [this] { ++wakes; }) {}

  /** The next batch. The tests wait on conditions, and give up only when something must be broken.
   */
  std::unique_ptr<Batch> Next() {
    std::unique_ptr<Batch> batch;
    WaitFor([&] { return (batch = queue.Pop()) != nullptr; });
    return batch;
  }

  template <typename Condition>
  void WaitFor(Condition condition) {
    const std::int64_t deadline = MonotonicNs() + 20 * kNsPerSecond;
    while (!condition()) {
      if (MonotonicNs() > deadline) Fail(__FILE__, __LINE__, "nothing came");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  static void Serve(const Inquiry& inquiry) { inquiry.Send({inquiry.Data(1), inquiry.Done()}); }

  FakeKernel kernel;
  std::atomic<int> wakes = 0;
  BatchQueue queue;
  PollThread thread;

 private:
  std::vector<std::unique_ptr<Scanner>> Scanners(const std::vector<std::int64_t>& intervals) {
    std::vector<std::unique_ptr<Scanner>> scanners;
    for (const std::int64_t interval : intervals) {
      SourceSpec source;
      source.dump.ways = {{DumpRequest()}};
      source.dump.data_types = {kDataType};
      source.shape = KeyedShape();
      source.interval_ns = interval;
      scanners.push_back(std::make_unique<Scanner>(std::move(source), kernel.Opener()));
    }
    return scanners;
  }
};

/** Every beat between two batches was scanned, missed or held, and the deadlines did not move. */
void CheckGrid(const Batch& previous, const Batch& batch, std::int64_t interval) {
  const std::int64_t apart = batch.interval_ns - batch.late_ns + previous.late_ns;
  CHECK_EQ(apart % interval, 0);
  CHECK_EQ(static_cast<std::uint64_t>(apart / interval), 1 + batch.beats_missed + batch.beats_held);
}

TEST("poll thread: deadlines stay on their grid") {
  Bench bench(64, {2 * kMs});
  bench.thread.Start();
  auto previous = bench.Next();
  CHECK_EQ(previous->interval_ns, 0);
  for (int i = 0; i < 50; ++i) {
    auto batch = bench.Next();
    CheckGrid(*previous, *batch, 2 * kMs);
    previous = std::move(batch);
  }
}

TEST("poll thread: a slow consumer holds beats back and does not move them") {
  Bench bench(3, {1 * kMs});
  bench.thread.Start();
  auto previous = bench.Next();
  std::uint64_t held = 0;
  for (int round = 0; round < 5; ++round) {
    bench.WaitFor([&] { return bench.queue.size() == 3; });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_EQ(bench.queue.size(), 3u);
    for (int i = 0; i < 3; ++i) {
      auto batch = bench.Next();
      CheckGrid(*previous, *batch, 1 * kMs);
      held += batch->beats_held;
      previous = std::move(batch);
    }
  }
  bench.WaitFor([&] {
    auto batch = bench.Next();
    held += batch->beats_held;
    return held > 0;
  });
}

TEST("poll thread: waiting bytes hold beats back too") {
  BatchQueue queue(100, 1000);
  CHECK(!queue.Full());
  auto batch = queue.Fresh();
  batch->changed.data.resize(1000);
  queue.Push(std::move(batch));
  CHECK(queue.Full());
  queue.Recycle(queue.Pop());
  CHECK(!queue.Full());
  CHECK(queue.Fresh()->changed.data.empty());
}

TEST("poll thread: scans that take too long miss beats") {
  Bench bench(64, {1 * kMs}, [](const Inquiry& inquiry) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    Bench::Serve(inquiry);
  });
  bench.thread.Start();
  auto previous = bench.Next();
  for (int i = 0; i < 5; ++i) {
    auto batch = bench.Next();
    CHECK(batch->beats_missed >= 4);
    // The beat that was scanned came after the end of the scan before: none was begun late.
    CHECK(batch->interval_ns - batch->late_ns >= previous->duration_ns);
    CheckGrid(*previous, *batch, 1 * kMs);
    previous = std::move(batch);
  }
}

TEST("poll thread: sources keep their own beats") {
  Bench bench(64, {2 * kMs, 3 * kMs});
  bench.thread.Start();
  std::unique_ptr<Batch> previous[2];
  int count[2] = {0, 0};
  while (count[0] < 20 || count[1] < 20) {
    auto batch = bench.Next();
    const std::size_t source = batch->source;
    if (previous[source]) CheckGrid(*previous[source], *batch, source == 0 ? 2 * kMs : 3 * kMs);
    CHECK_EQ(batch->scan, static_cast<std::uint64_t>(++count[source]));
    previous[source] = std::move(batch);
  }
}

TEST("poll thread: stop scans each source once more, at the bound too") {
  Bench bench(1, {3600 * kNsPerSecond, 3600 * kNsPerSecond});
  bench.thread.Start();
  bench.WaitFor([&] { return bench.queue.Full(); });
  bench.thread.Stop();
  bench.WaitFor([&] { return bench.thread.ended(); });
  bench.thread.Join();
  int last = 0;
  int batches = 0;
  while (auto batch = bench.queue.Pop()) {
    ++batches;
    CHECK(!batch->failure);
    if (bench.queue.size() < 2) last += 1 << batch->source;
  }
  CHECK_EQ(last, 0b11);
  CHECK_EQ(bench.wakes, batches + 1);
}

TEST("poll thread: halt breaks off a dump") {
  // A kernel that never comes to the end.
  std::atomic<bool> over = false;
  Bench bench(64, {1 * kMs}, [&over](const Inquiry& inquiry) {
    while (!over) {
      inquiry.Send({inquiry.Data(1)});
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  bench.thread.Start();
  bench.WaitFor([&] { return bench.thread.scanners()[0]->Size() == 1; });
  bench.thread.Halt();
  CHECK(bench.thread.ended());
  over = true;
}

TEST("poll thread: the table can be read while it scans") {
  Bench bench(64, {1 * kMs});
  bench.thread.Start();
  const Scanner& scanner = *bench.thread.scanners()[0];
  for (int i = 0; i < 20; ++i) {
    bench.Next();
    CHECK_EQ(scanner.Size(), 1u);
    CHECK(scanner.Latest(1).has_value());
    CHECK(!scanner.Latest(2));
  }
}

TEST("poll thread: takes no signals") {
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};
  struct sigaction previous {};
  ::sigaction(SIGUSR2, &ignore, &previous);
  Bench bench(64, {1 * kMs});
  bench.thread.Start();
  bench.Next();
  // Once this thread does not take it either, nobody does: it stays pending.
  sigset_t signal;
  ::sigemptyset(&signal);
  ::sigaddset(&signal, SIGUSR2);
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, &signal, &mask);
  ::kill(::getpid(), SIGUSR2);
  bench.Next();
  sigset_t pending;
  ::sigpending(&pending);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGUSR2, &previous, nullptr);
  CHECK(sigismember(&pending, SIGUSR2) == 1);
}

TEST("poll thread: can be destroyed before and after its start") {
  { Bench bench(1, {1 * kMs}); }
  {
    Bench bench(1, {1 * kMs});
    bench.thread.Start();
  }
}

}  // namespace
}  // namespace netlink::test
