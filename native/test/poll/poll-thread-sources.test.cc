#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include "../../src/poll/poll-thread.h"
#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-events.h"
#include "../fake-kernel.h"
#include "../messages.h"

namespace netlink::test {
namespace {

using Keys = std::vector<std::uint64_t>;

constexpr std::int64_t kMs = 1'000'000;
/** Interval that is longer than any test. */
constexpr std::int64_t kHour = 3600 * kNsPerSecond;

FakeKernel::Script Serving(Keys keys) {
  return [keys](const Inquiry& inquiry) {
    for (const std::uint64_t key : keys) inquiry.Send({inquiry.Data(key)});
    inquiry.Send({inquiry.Done()});
  };
}

/** One source, with its own kernel and events. */
struct Place {
  explicit Place(FakeKernel::Script script) : kernel(std::move(script)) {}

  std::unique_ptr<Scanner> Scan(std::int64_t interval, std::int64_t idle_interval = 0) {
    SourceSpec source;
    source.dump.query_methods = {{DumpRequest()}};
    source.dump.data_types = {kDataType};
    source.shape = KeyedShape();
    source.interval_ns = interval;
    source.idle_interval_ns = idle_interval;
    source.destroy_events = EventsOf();
    return std::make_unique<Scanner>(std::move(source), kernel.Opener(), events.Opener());
  }

  FakeKernel kernel;
  FakeEvents events;
};

/** A poll thread whose sources are added and removed. This thread takes the role of JavaScript. */
class Bench {
 public:
  explicit Bench(std::int64_t interval, FakeKernel::Script script = Serving({1})) {
    std::vector<std::unique_ptr<Scanner>> first;
    first.push_back(NewPlace(std::move(script)).Scan(interval));
    thread.emplace(std::move(first), queue, [] {});
  }

  Place& NewPlace(FakeKernel::Script script) { return places.emplace_back(std::move(script)); }

  std::size_t Add(std::unique_ptr<Scanner> scanner) {
    return std::get<std::size_t>(thread->Add(std::move(scanner)));
  }

  /** Returns the next batch of a source. Batches of other sources are counted and skipped. */
  std::unique_ptr<Batch> Next(std::size_t source) {
    while (true) {
      std::unique_ptr<Batch> batch = queue.Pop();
      if (!batch) {
        Rest();
        continue;
      }
      scans.resize(std::max(scans.size(), batch->source + 1));
      if (batch->scanned) ++scans[batch->source];
      if (batch->source == source) return batch;
    }
  }

  /** Returns the next batch of a source's scans or of its removal. */
  std::unique_ptr<Batch> NextScan(std::size_t source) {
    std::unique_ptr<Batch> batch;
    do {
      batch = Next(source);
    } while (!batch->scanned && !batch->removed);
    return batch;
  }

  std::deque<Place> places;
  BatchQueue queue{64, std::size_t{64} << 20};
  std::optional<PollThread> thread;
  std::vector<int> scans;

 private:
  void Rest() {
    if (MonotonicNs() > deadline_) Fail(__FILE__, __LINE__, "nothing came");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  std::int64_t deadline_ = MonotonicNs() + 20 * kNsPerSecond;
};

TEST(
    "poll thread: a source that is added is scanned, and one that is removed takes its keys "
    "along") {
  Bench bench(kHour);
  CHECK(!bench.thread->Start());
  CHECK_EQ(bench.NextScan(0)->scan, 1u);
  const std::size_t source = bench.Add(bench.NewPlace(Serving({7, 8})).Scan(2 * kMs));
  CHECK_EQ(source, 1u);
  CHECK_EQ(bench.NextScan(source)->scan, 1u);
  CHECK_EQ(bench.NextScan(source)->scan, 2u);
  CHECK_EQ(bench.thread->scanners()[source]->Size(), 2u);

  bench.thread->Remove(source);
  std::unique_ptr<Batch> last;
  do {
    last = bench.NextScan(source);
  } while (!last->removed);
  CHECK(!last->scanned);
  std::ranges::sort(last->gone);
  CHECK(last->gone == Keys({7, 8}));
  CHECK_EQ(bench.thread->scanners()[0]->Size(), 1u);
}

TEST("poll thread: queued events come before a removed source's keys") {
  Bench bench(kHour);
  Place& place = bench.NewPlace(Serving({7, 8}));
  const std::size_t source = bench.Add(place.Scan(kHour));
  CHECK(!bench.thread->Start());
  bench.NextScan(source);
  // The thread cannot take these: neither the beat nor a free moment comes before the removal.
  place.events.Tell({8});
  bench.thread->Remove(source);
  Keys told;
  std::unique_ptr<Batch> batch;
  do {
    batch = bench.Next(source);
    const Keys keys = ToldIn(batch->destroyed).keys;
    told.insert(told.end(), keys.begin(), keys.end());
  } while (!batch->removed);
  CHECK(told == Keys({8}));
  CHECK(batch->gone == Keys({7}));
}

TEST("poll thread: a source number is reused only after the source's last batch was taken") {
  Bench bench(kHour);
  CHECK(!bench.thread->Start());
  const std::size_t first = bench.Add(bench.NewPlace(Serving({7})).Scan(kHour));
  bench.NextScan(first);
  bench.thread->Remove(first);
  bench.thread->Remove(first);
  CHECK_EQ(bench.Add(bench.NewPlace(Serving({8})).Scan(kHour)), first + 1);
  CHECK(bench.NextScan(first)->removed);
  bench.thread->Forget(first);
  CHECK_EQ(bench.Add(bench.NewPlace(Serving({9})).Scan(kHour)), first);
  CHECK_EQ(bench.NextScan(first)->scan, 1u);
  CHECK(bench.thread->scanners()[first]->Latest(9).has_value());
}

TEST("poll thread: goes on when its only source is removed") {
  Bench bench(1 * kMs);
  CHECK(!bench.thread->Start());
  bench.NextScan(0);
  bench.thread->Remove(0);
  while (!bench.NextScan(0)->removed) continue;
  bench.thread->Forget(0);
  CHECK_EQ(bench.Add(bench.NewPlace(Serving({2})).Scan(1 * kMs)), 0u);
  for (std::uint64_t scan = 1; scan <= 3; ++scan) CHECK_EQ(bench.NextScan(0)->scan, scan);
}

TEST("poll thread: a source without its required destroy events is not added") {
  Bench bench(kHour);
  CHECK(!bench.thread->Start());
  Place& place = bench.NewPlace(Serving({}));
  place.events.Refuse(Failure{FailureCode::kSocket, 1, "bind"});
  SourceSpec source;
  source.dump.query_methods = {{DumpRequest()}};
  source.shape = KeyedShape();
  source.interval_ns = kHour;
  source.destroy_events = EventsOf(0, true);
  const auto added = bench.thread->Add(
      std::make_unique<Scanner>(std::move(source), place.kernel.Opener(), place.events.Opener()));
  CHECK_EQ(std::get<Failure>(added).error, 1);
  CHECK_EQ(bench.thread->scanners().size(), 1u);
}

TEST("poll thread: a source without keys is scanned rarely, until a key or a destroy event") {
  Bench bench(1 * kMs);
  CHECK(!bench.thread->Start());
  Place& place = bench.NewPlace(Serving({}));
  const std::size_t idle = bench.Add(place.Scan(1 * kMs, kHour));
  CHECK_EQ(bench.NextScan(idle)->scan, 1u);
  // On its normal beat it would be scanned as often as the other one.
  for (int i = 0; i < 100; ++i) bench.NextScan(0);
  CHECK_EQ(bench.scans[idle], 1);

  place.events.Tell({5});
  CHECK_EQ(bench.NextScan(idle)->scan, 2u);
  for (int i = 0; i < 100; ++i) bench.NextScan(0);
  CHECK_EQ(bench.scans[idle], 2);

  place.kernel.Answer(Serving({6}));
  place.events.Tell({5});
  while (bench.scans[idle] < 20) bench.NextScan(idle);
}

TEST("poll thread: a slow source does not starve the others") {
  Bench bench(1 * kMs);
  const std::size_t slow =
      bench.Add(bench
                    .NewPlace([](const Inquiry& inquiry) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(10));
                      inquiry.Send({inquiry.Data(1), inquiry.Done()});
                    })
                    .Scan(1 * kMs));
  const std::size_t other = bench.Add(bench.NewPlace(Serving({1})).Scan(1 * kMs));
  CHECK(!bench.thread->Start());
  for (int i = 0; i < 10; ++i) bench.NextScan(slow);
  CHECK(bench.scans[0] >= 9);
  CHECK(bench.scans[other] >= 9);
}

}  // namespace
}  // namespace netlink::test
