#include "../../src/poll/outbox.h"

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kGather = 100;

/** An outbox and its output. */
class Bench {
 public:
  explicit Bench(std::int64_t gather = kGather)
      : queue(1000, 1 << 20),
        outbox(
            queue, [this] { ++wakes; }, gather) {}

  /** Pushes a scan at a given time. The next one is due 30 later. */
  template <typename Change>
  void Scan(std::int64_t start, Change change, std::size_t source = 0) {
    auto batch = queue.Fresh();
    batch->scanned = true;
    batch->source = source;
    batch->scan = ++scans;
    batch->start_ns = 1000 + static_cast<std::uint64_t>(start);
    batch->end_ns = 1001 + static_cast<std::uint64_t>(start);
    batch->duration_ns = 1;
    batch->request_ns = {7};
    batch->tally = {1, 2};
    change(*batch);
    outbox.PushScan(std::move(batch), start, start + 30);
  }
  void Quiet(std::int64_t start, std::size_t source = 0) {
    Scan(
        start, [](Batch&) {}, source);
  }

  std::size_t Waiting() { return queue.size(); }

  BatchQueue queue;
  int wakes = 0;
  /** Number of the last scan. Does not begin at 1: the first scan is never quiet. */
  std::uint64_t scans = 10;
  Outbox outbox;
};

TEST("outbox: gathers scans without news, while the next one comes in time") {
  Bench bench;
  for (const std::int64_t start : {0, 30, 60}) {
    bench.Quiet(start);
    CHECK_EQ(bench.Waiting(), 0u);
  }
  bench.Quiet(90);
  CHECK_EQ(bench.wakes, 1);
  const auto batch = bench.queue.Pop();
  CHECK(!batch->scanned);
  CHECK_EQ(batch->scans(), 4u);
  CHECK_EQ(batch->quiet.first, 11u);
  CHECK(batch->quiet.tally == std::vector<std::uint32_t>({1, 2, 1, 2, 1, 2, 1, 2}));
  CHECK_EQ(batch->quiet.times_ns.at(7), 1091u);
  CHECK_EQ(batch->quiet.figures.size(), 4u * (kQuietFigures + 1));
  CHECK_EQ(batch->quiet.figures.at(kQuietFigures), 7.0);
}

TEST("outbox: gathers scans with changes too, in order") {
  Bench bench;
  bench.Quiet(0);
  bench.Scan(30, [](Batch& batch) { batch.changed.Append(Text("x")); });
  bench.Quiet(60);
  CHECK_EQ(bench.Waiting(), 0u);
  bench.Quiet(90);
  CHECK_EQ(bench.wakes, 1);
  CHECK_EQ(bench.queue.scans(), 4u);
  CHECK_EQ(bench.queue.Pop()->quiet.count, 1u);
  CHECK(!bench.queue.Pop()->changed.spans.empty());
  CHECK_EQ(bench.queue.Pop()->quiet.count, 2u);
  CHECK_EQ(bench.Waiting(), 0u);
}

TEST("outbox: many changes are delivered at once") {
  Bench bench;
  bench.Scan(0, [](Batch& batch) { batch.changed.data.resize(std::size_t{1} << 20); });
  CHECK_EQ(bench.wakes, 1);
  CHECK_EQ(bench.Waiting(), 1u);
}

TEST("outbox: urgent batches are delivered at once, after the gathered ones") {
  const std::vector<std::function<void(Batch&)>> news = {
      [](Batch& batch) {
        batch.changed.Append(Text("x"));
        batch.fresh = 1;
      },
      [](Batch& batch) { batch.gone.push_back(1); },
      [](Batch& batch) {
        batch.failure = Failure{FailureCode::kTimeout, 0, "x"};
      },
      [](Batch& batch) { batch.destroyed.lost = 1; },
      [](Batch& batch) { batch.discarded = 1; },
      [](Batch& batch) { batch.unrelated = 1; },
      [](Batch& batch) { batch.scan = 1; },
  };
  for (const auto& change : news) {
    Bench bench;
    bench.Quiet(0);
    bench.Scan(30, change);
    CHECK_EQ(bench.wakes, 2);
    CHECK_EQ(bench.queue.Pop()->quiet.count, 1u);
    CHECK(bench.queue.Pop()->scanned);
  }
}

TEST("outbox: events are delivered after the gathered scans of their source only") {
  Bench bench;
  bench.Quiet(0, 0);
  bench.Quiet(1, 1);
  auto events = bench.queue.Fresh();
  events->source = 1;
  bench.outbox.Push(std::move(events));
  CHECK_EQ(bench.queue.Pop()->quiet.count, 1u);
  CHECK_EQ(bench.queue.Pop()->source, 1u);
  CHECK_EQ(bench.Waiting(), 0u);
  bench.outbox.Flush(0);
  CHECK_EQ(bench.queue.Pop()->source, 0u);
  bench.outbox.Flush(0);
  CHECK_EQ(bench.Waiting(), 0u);
}

TEST("outbox: a scan is delivered alone when the next one is too late, or without gathering") {
  for (const std::int64_t gather : {0, 29}) {
    Bench bench(gather);
    bench.Quiet(0);
    CHECK(bench.queue.Pop()->scanned);
  }
}

TEST("outbox: scans of another query method are another batch") {
  Bench bench;
  bench.Quiet(0);
  bench.Scan(30, [](Batch& batch) { batch.request_ns = {7, 8}; });
  bench.outbox.Flush(0);
  CHECK_EQ(bench.queue.Pop()->quiet.requests, 1u);
  CHECK_EQ(bench.queue.Pop()->quiet.requests, 2u);
}

TEST("outbox: gathered scans are limited, and count as pending") {
  Bench bench(1'000'000);
  for (int i = 0; i < 40; ++i) bench.Quiet(i);
  CHECK_EQ(bench.queue.scans(), 32u);
  CHECK_EQ(bench.queue.size(), 2u);
  bench.queue.Pop();
  CHECK_EQ(bench.queue.scans(), 16u);
}

}  // namespace
}  // namespace netlink::test
