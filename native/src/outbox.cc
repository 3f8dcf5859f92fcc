#include "outbox.h"

#include <utility>

namespace netlink {
namespace {

/** On a fast beat the bound on waiting scans must not be reached by those that are gathered. */
constexpr std::size_t kMostGathered = 16;

/** Whether a scan has nothing to tell but how it went. The first one tells that there is one. */
bool IsQuiet(const Batch& batch) {
  return batch.scan > 1 && !batch.failure && batch.changed.spans.empty() && batch.gone.empty() &&
         !batch.ended.Any() && batch.discarded == 0 && batch.strays == 0;
}

bool Fits(const QuietScans& quiet, const Batch& batch) {
  return quiet.count == 0 || (quiet.way == batch.way && quiet.requests == batch.request_ns.size());
}

void Add(QuietScans& quiet, const Batch& batch) {
  if (quiet.count++ == 0) quiet.first = batch.scan;
  quiet.way = batch.way;
  quiet.requests = batch.request_ns.size();
  quiet.times_ns.insert(quiet.times_ns.end(), {batch.start_ns, batch.end_ns});
  const auto put = [&quiet](auto... values) {
    (quiet.figures.push_back(static_cast<double>(values)), ...);
  };
  // quiet-scans.ts reads them.
  put(batch.duration_ns, batch.interval_ns, batch.late_ns, batch.effective_interval_ns,
      batch.beats_missed, batch.beats_held, batch.beats_slowed, batch.beats_limited, batch.seen);
  for (const std::int64_t request_ns : batch.request_ns) put(request_ns);
  quiet.tally.insert(quiet.tally.end(), batch.tally.begin(), batch.tally.end());
}

}  // namespace

void Outbox::Push(std::unique_ptr<Batch> batch) {
  Flush(batch->source);
  HandOver(std::move(batch));
}

void Outbox::PushScan(std::unique_ptr<Batch> batch, std::int64_t start, std::int64_t next) {
  const std::size_t source = batch->source;
  if (gather_ns_ == 0 || !IsQuiet(*batch)) return Push(std::move(batch));
  Gathered& gathered = Of(source);
  if (gathered.batch && !Fits(gathered.batch->quiet, *batch)) Flush(source);
  if (!gathered.batch) {
    // Nobody comes in time.
    if (next - start > gather_ns_) return HandOver(std::move(batch));
    gathered = {.batch = queue_.Fresh(), .since = start};
    gathered.batch->source = source;
  }
  Add(gathered.batch->quiet, *batch);
  queue_.Recycle(std::move(batch));
  const bool full = gathered.batch->quiet.count >= kMostGathered;
  if (full || next - gathered.since > gather_ns_) Flush(source);
}

void Outbox::Flush(std::size_t source) {
  Gathered& gathered = Of(source);
  if (gathered.batch) HandOver(std::exchange(gathered.batch, nullptr));
}

Outbox::Gathered& Outbox::Of(std::size_t source) {
  if (source >= gathered_.size()) gathered_.resize(source + 1);
  return gathered_[source];
}

void Outbox::HandOver(std::unique_ptr<Batch> batch) {
  queue_.Push(std::move(batch));
  wake_();
}

}  // namespace netlink
