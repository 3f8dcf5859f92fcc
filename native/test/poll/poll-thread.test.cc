#include "../../src/poll/poll-thread.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-kernel.h"
#include "../grid.h"
#include "../messages.h"
#include "waiting.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/** A poll thread over fake sources. This thread takes the role of JavaScript. */
class Bench {
 public:
  Bench(std::size_t max_batches, std::vector<std::int64_t> intervals,
        FakeKernel::Script script = Serve, const PollSpec& spec = {})
      : kernel([this, script = std::move(script)](const Inquiry& inquiry) {
          ++scans;
          script(inquiry);
        }),
        queue(max_batches, std::size_t{64} << 20),
        thread(
            Scanners(intervals), queue, [this] { OnWake(); }, spec) {}

  /** Returns the next batch. The timeout is so long that only a bug can exceed it. */
  std::unique_ptr<Batch> Next() { return NextOf(queue); }

  static void Serve(const Inquiry& inquiry) { inquiry.Send({inquiry.Data(1), inquiry.Done()}); }

  /** Number of scans that were begun. */
  std::atomic<int> scans = 0;
  FakeKernel kernel;
  std::atomic<int> wakes = 0;
  /** Niceness of the thread when it last woke JavaScript. */
  std::atomic<int> niceness = 0;
  BatchQueue queue;
  PollThread thread;

 private:
  void OnWake() {
    niceness = ::getpriority(PRIO_PROCESS, 0);
    ++wakes;
  }

  std::vector<std::unique_ptr<Scanner>> Scanners(const std::vector<std::int64_t>& intervals) {
    std::vector<std::unique_ptr<Scanner>> scanners;
    for (const std::int64_t interval : intervals) {
      SourceSpec source;
      source.dump.query_methods = {{DumpRequest()}};
      source.dump.data_types = {kDataType};
      source.shape = KeyedShape();
      source.interval_ns = interval;
      scanners.push_back(std::make_unique<Scanner>(std::move(source), kernel.Opener()));
    }
    return scanners;
  }
};

TEST("poll thread: every beat is scanned or counted") {
  Bench bench(64, {2 * kMs});
  bench.thread.Start();
  Grid grid(2 * kMs);
  for (int i = 0; i < 50; ++i) grid.Take(*bench.Next());
}

TEST("poll thread: a slow consumer holds beats back without moving them") {
  Bench bench(3, {1 * kMs});
  bench.thread.Start();
  Grid grid(1 * kMs);
  std::uint64_t held = 0;
  for (int round = 0; round < 5; ++round) {
    WaitFor([&] { return bench.queue.size() == 3; });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_EQ(bench.queue.size(), 3u);
    for (int i = 0; i < 3; ++i) {
      const auto batch = bench.Next();
      grid.Take(*batch);
      held += batch->beats_held;
    }
  }
  WaitFor([&] {
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

TEST("poll thread: the interval is stretched when scans take too long") {
  Bench bench(64, {1 * kMs}, [](const Inquiry& inquiry) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    Bench::Serve(inquiry);
  });
  bench.thread.Start();
  Grid grid(1 * kMs);
  std::int64_t previous_ns = 0;
  std::unique_ptr<Batch> batch;
  do {
    batch = bench.Next();
    // No scan begins before the end of the previous one.
    CHECK(batch->interval_ns >= previous_ns);
    previous_ns = batch->duration_ns;
    grid.Take(*batch);
  } while (batch->effective_interval_ns < 4 * kMs);
  CHECK(batch->beats_missed > 0);
}

TEST("poll thread: a CPU budget stretches the interval, and counts the beats") {
  // A tenth of a percent is less than any scan uses.
  Bench bench(64, {1 * kMs}, Bench::Serve, {.cpu_budget = 0.001});
  bench.thread.Start();
  Grid grid(1 * kMs);
  std::uint64_t limited = 0;
  WaitFor([&] {
    const auto batch = bench.Next();
    grid.Take(*batch);
    limited += batch->beats_limited;
    return batch->effective_interval_ns > 4 * kMs && limited > 0;
  });
}

TEST("poll thread: the stride is part of the effective interval") {
  Bench bench(64, {1 * kMs});
  bench.thread.Start();
  bench.Next();
  bench.thread.SetStride(3);
  WaitFor([&] { return bench.Next()->effective_interval_ns >= 3 * kMs; });
}

TEST("poll thread: scans without news come together") {
  Bench bench(64, {1 * kMs}, Bench::Serve, {.gather_ns = 4 * kMs});
  bench.thread.Start();
  std::uint64_t next = 1;
  std::size_t most = 0;
  WaitFor([&] {
    const auto batch = bench.Next();
    CHECK_EQ(batch->scanned ? batch->scan : batch->quiet.first, next);
    next += batch->scans();
    most = std::max(most, batch->scans());
    return most > 1;
  });
  bench.thread.Stop();
  WaitFor([&] { return bench.thread.ended(); });
  // Gathered scans are delivered, too.
  while (const auto batch = bench.queue.Pop()) next += batch->scans();
  CHECK_EQ(next - 1, static_cast<std::uint64_t>(bench.scans));
}

TEST("poll thread: sources keep their own beats") {
  Bench bench(64, {2 * kMs, 3 * kMs});
  bench.thread.Start();
  Grid grids[2] = {Grid(2 * kMs), Grid(3 * kMs)};
  int count[2] = {0, 0};
  while (count[0] < 20 || count[1] < 20) {
    const auto batch = bench.Next();
    grids[batch->source].Take(*batch);
    CHECK_EQ(batch->scan, static_cast<std::uint64_t>(++count[batch->source]));
  }
}

TEST("poll thread: stop scans each source once more, even with a full queue") {
  Bench bench(1, {3600 * kNsPerSecond, 3600 * kNsPerSecond});
  bench.thread.Start();
  WaitFor([&] { return bench.queue.Full(); });
  bench.thread.Stop();
  WaitFor([&] { return bench.thread.ended(); });
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
  // A kernel that never ends its answer.
  std::atomic<bool> over = false;
  Bench bench(64, {1 * kMs}, [&over](const Inquiry& inquiry) {
    while (!over) {
      inquiry.Send({inquiry.Data(1)});
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  bench.thread.Start();
  WaitFor([&] { return bench.thread.scanners()[0]->Size() == 1; });
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
  // When this thread blocks it too, no thread takes it: it stays pending.
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

/** Runs `work` on a thread with this niceness. Returns whether the system allowed it. */
template <typename Work>
bool RunNice(int niceness, Work work) {
  bool granted = false;
  std::thread([&] {
    granted = ::setpriority(PRIO_PROCESS, 0, niceness) == 0;
    work();
  }).join();
  return granted;
}

TEST("poll thread: raises its priority if allowed, while its scans fit the beat") {
  // A niceness other than 0, for example of the process, is kept.
  const int own = ::getpriority(PRIO_PROCESS, 0);
  const bool may = RunNice(-10, [] {});
  std::atomic<int> slow = 0;
  Bench bench(64, {1 * kMs}, [&slow](const Inquiry& inquiry) {
    std::this_thread::sleep_for(std::chrono::milliseconds(slow.load()));
    Bench::Serve(inquiry);
  });
  bench.thread.Start();
  bench.Next();
  CHECK_EQ(bench.niceness.load(), may && own == 0 ? -10 : own);
  slow = 3;
  WaitFor([&] {
    while (bench.queue.Pop()) {
    }
    return bench.niceness == own;
  });
  slow = 0;
  WaitFor([&] {
    while (bench.queue.Pop()) {
    }
    return bench.niceness == (may && own == 0 ? -10 : own);
  });
}

TEST("poll thread: keeps a niceness other than 0") {
  RunNice(7, [] {
    Bench bench(64, {1 * kMs});
    bench.thread.Start();
    bench.Next();
    CHECK_EQ(bench.niceness.load(), 7);
  });
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
