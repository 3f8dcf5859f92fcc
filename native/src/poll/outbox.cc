#include "outbox.h"

#include <array>
#include <bit>
#include <utility>

namespace netlink {
namespace {

/** Limit on gathered scans. On a fast beat they must not reach the limit on waiting scans. */
constexpr std::size_t kMostGathered = 16;

/** Limit on gathered bytes. More would leave the CPU cache before JavaScript reads it. */
constexpr std::size_t kMostGatheredBytes = 1024 * 1024;

/** Returns whether a scan must be delivered at once. The first one is: it shows that scans work. */
bool IsUrgent(const Batch& batch) {
  return batch.scan <= 1 || batch.failure || batch.fresh > 0 || !batch.gone.empty() ||
         batch.destroyed.Any() || batch.discarded > 0 || batch.unrelated > 0;
}

/** Returns whether a scan has nothing to report but its own statistics. */
bool IsQuiet(const Batch& batch) { return !IsUrgent(batch) && batch.changed.spans.empty(); }

bool Fits(const QuietScans& quiet, const Batch& batch) {
  return quiet.count > 0 && quiet.query_method == batch.query_method &&
         quiet.requests == batch.request_ns.size();
}

QuietFigures FiguresOf(const Batch& batch) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  return {
      .duration_ns = number(batch.duration_ns),
      .interval_ns = number(batch.interval_ns),
      .late_ns = number(batch.late_ns),
      .effective_interval_ns = number(batch.effective_interval_ns),
      .beats_missed = number(batch.beats_missed),
      .beats_held = number(batch.beats_held),
      .beats_slowed = number(batch.beats_slowed),
      .beats_limited = number(batch.beats_limited),
      .seen = number(batch.seen),
  };
}

void Add(QuietScans& quiet, const Batch& batch) {
  if (quiet.count++ == 0) quiet.first = batch.scan;
  quiet.query_method = batch.query_method;
  quiet.requests = batch.request_ns.size();
  quiet.times_ns.insert(quiet.times_ns.end(), {batch.start_ns, batch.end_ns});
  const auto figures = std::bit_cast<std::array<double, kQuietFigures>>(FiguresOf(batch));
  quiet.figures.insert(quiet.figures.end(), figures.begin(), figures.end());
  quiet.figures.insert(quiet.figures.end(), batch.request_ns.begin(), batch.request_ns.end());
  quiet.tally.insert(quiet.tally.end(), batch.tally.begin(), batch.tally.end());
}

}  // namespace

bool Outbox::Gathered::Full() const {
  return scans >= kMostGathered || bytes >= kMostGatheredBytes;
}

void Outbox::Push(std::unique_ptr<Batch> batch) {
  Flush(batch->source);
  queue_.Push(std::move(batch));
  wake_();
}

void Outbox::PushScan(std::unique_ptr<Batch> batch, std::int64_t start, std::int64_t next) {
  // On a slow beat there is no next scan worth waiting for.
  if (IsUrgent(*batch) || next - start > gather_ns_) return Push(std::move(batch));
  const std::size_t source = batch->source;
  Gathered& gathered = Of(source);
  if (gathered.batches.empty()) gathered.since = start;
  Gather(gathered, std::move(batch));
  if (gathered.Full() || next - gathered.since > gather_ns_) Flush(source);
}

void Outbox::Gather(Gathered& gathered, std::unique_ptr<Batch> batch) {
  ++gathered.scans;
  gathered.bytes += batch->changed.data.size();
  if (!IsQuiet(*batch)) {
    gathered.batches.push_back(std::move(batch));
    return;
  }
  if (gathered.batches.empty() || !Fits(gathered.batches.back()->quiet, *batch)) {
    gathered.batches.push_back(queue_.Fresh());
    gathered.batches.back()->source = batch->source;
  }
  Add(gathered.batches.back()->quiet, *batch);
  queue_.Recycle(std::move(batch));
}

void Outbox::Flush(std::size_t source) {
  Gathered& gathered = Of(source);
  if (gathered.batches.empty()) return;
  for (std::unique_ptr<Batch>& batch : gathered.batches) queue_.Push(std::move(batch));
  gathered.batches.clear();
  gathered.scans = gathered.bytes = 0;
  wake_();
}

Outbox::Gathered& Outbox::Of(std::size_t source) {
  if (source >= gathered_.size()) gathered_.resize(source + 1);
  return gathered_[source];
}

}  // namespace netlink
