#include "scanner.h"

#include <algorithm>
#include <utility>

#include "util/clock.h"

namespace netlink {

Scanner::Scanner(SourceSpec spec, ChannelOpener opener)
    : interval_ns_(spec.interval_ns),
      tally_(std::move(spec.tally)),
      dumper_(std::move(spec.dump), std::move(opener)),
      comparer_(std::move(spec.shape)),
      table_lock_(table_mutex_, std::defer_lock) {}

void Scanner::Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned) {
  batch_ = &batch;
  batch.scan = ++stamp_;
  batch.tally.assign(tally_ ? tally_->values.size() : 0, 0);
  distinct_ = 0;

  batch.start_ns = RealtimeNs();
  DumpReport report = dumper_.Run(*this, abandoned);
  batch.duration_ns = MonotonicNs() - start;
  batch.end_ns = RealtimeNs();
  batch.interval_ns = stamp_ == 1 ? 0 : start - previous_start_;
  previous_start_ = start;

  batch.way = report.way;
  batch.failure = report.failure;
  batch.seen = report.counts.seen;
  batch.discarded = report.counts.discarded;
  batch.strays = report.counts.strays;
  batch.request_ns = std::move(report.request_ns);
  // Only a complete dump says who is not there any more. When it had every key there is nobody to
  // look for.
  if (!batch.failure && distinct_ != table_.size()) {
    const std::lock_guard lock(table_mutex_);
    table_.Sweep(stamp_, batch.gone);
  }
  batch_ = nullptr;
}

Verdict Scanner::OnMessage(Bytes message) {
  const MessageShape& shape = comparer_.shape();
  if (message.size() < shape.MinimumLength()) return Verdict::kDiscarded;
  if (!batch_->changed.HasRoom()) return Verdict::kStop;
  Tally(message);

  const auto key = Load<std::uint64_t>(message.data() + sizeof(MessageHeader) + shape.key_offset);
  Entry* entry = table_.Find(key);
  if (entry == nullptr) {
    entry = &table_.Insert(key, message);
    batch_->changed.Append(message);
  } else {
    if (comparer_.Differs(entry->bytes(), message)) batch_->changed.Append(message);
    entry->Assign(message);
  }
  // A walk that is overtaken by the kernel's table may bring a key twice.
  if (entry->stamp() != stamp_) ++distinct_;
  entry->Stamp(stamp_);
  return Verdict::kTaken;
}

void Scanner::Tally(Bytes message) {
  if (!tally_) return;
  const std::uint8_t value = message[sizeof(MessageHeader) + tally_->offset];
  for (std::size_t i = 0; i < tally_->values.size(); ++i) {
    if (tally_->values[i] == value) ++batch_->tally[i];
  }
}

std::optional<std::vector<std::uint8_t>> Scanner::Latest(std::uint64_t key) const {
  const std::lock_guard lock(table_mutex_);
  const Entry* entry = table_.Find(key);
  if (entry == nullptr) return std::nullopt;
  return std::vector<std::uint8_t>(entry->bytes().begin(), entry->bytes().end());
}

std::size_t Scanner::Size() const {
  const std::lock_guard lock(table_mutex_);
  return table_.size();
}

}  // namespace netlink
