#include "scanner.h"

#include <algorithm>
#include <utility>

#include "../util/clock.h"

namespace netlink {

Scanner::Scanner(SourceSpec spec, ChannelOpener opener, EventOpener event_opener)
    : interval_ns_(spec.interval_ns),
      idle_interval_ns_(spec.idle_interval_ns),
      protocol_(spec.dump.protocol),
      tally_(std::move(spec.tally)),
      remnants_(std::move(spec.remnants)),
      ends_(std::move(spec.ends)),
      event_opener_(std::move(event_opener)),
      dumper_(std::move(spec.dump), std::move(opener)),
      layouts_(spec.shape),
      comparer_(std::move(spec.shape)),
      table_lock_(table_mutex_, std::defer_lock) {}

std::optional<Failure> Scanner::Listen() {
  if (!ends_) return std::nullopt;
  const auto failure = OpenStream();
  deaf_ = failure.has_value();
  return ends_->required ? failure : std::nullopt;
}

std::optional<Failure> Scanner::OpenStream() {
  auto opened = event_opener_(protocol_, *ends_);
  if (const auto* failure = std::get_if<Failure>(&opened)) {
    if (!listening_) listening_ = *failure;
    return *failure;
  }
  auto& channel = std::get<EventChannel>(opened);
  if (!listening_) listening_ = channel.grant;
  stream_.emplace(std::move(channel), ends_->data_types);
  return std::nullopt;
}

void Scanner::TakeEnds(EndedKeys& ended, std::size_t limit) {
  if (!stream_) return;
  EndSink sink(*this, ended);
  const EventReport report =
      stream_->Drain(sink, [&] { return ended.messages.data.size() < limit; });
  ended.taken_ns = RealtimeNs();
  ended.overruns += report.overruns;
  ended.lost += report.lost;
  ended.discarded += report.discarded + report.strays;
  if (!report.failure) return;
  // Reported once. The next scan reopens the socket.
  ended.failure = report.failure;
  stream_.reset();
}

void Scanner::Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned) {
  // Reopen a socket that failed later, but not one that could never be opened.
  if (ends_ && !stream_ && !deaf_) batch.ended.failure = OpenStream();
  batch_ = &batch;
  batch.scanned = true;
  batch.scan = ++stamp_;
  batch.tally.assign(tally_ ? tally_->values.size() : 0, 0);
  distinct_ = 0;
  table_.BeginWalk();

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
  const bool complete = !batch.failure;
  // A key that ended during the dump has an end event, so it must not be reported as missing.
  const std::size_t before = table_.size();
  TakeEnds(batch.ended, batch.ended.messages.limit);
  // Only a complete dump shows which keys are gone. If it had all known keys, skip the sweep.
  if (complete) {
    const std::lock_guard lock(table_mutex_);
    if (distinct_ != before) {
      table_.Sweep(stamp_, listens() ? ends_->grace_scans : 0, batch.gone);
    }
    table_.Shrink();
  }
  batch_ = nullptr;
}

void Scanner::Leave(Batch& batch) {
  batch.removed = true;
  TakeEnds(batch.ended, batch.ended.messages.limit);
  // End events beyond the limit are dropped: their keys are reported as gone anyway.
  stream_.reset();
  const std::lock_guard lock(table_mutex_);
  table_.Sweep(++stamp_, 0, batch.gone);
}

std::uint64_t Scanner::KeyOf(Bytes message) const {
  return Load<std::uint64_t>(message.data() + sizeof(MessageHeader) + comparer_.shape().key_offset);
}

bool Scanner::IsRemnant(Bytes message) const {
  return std::ranges::any_of(remnants_, [&](const RemnantSpec& remnant) {
    if (!remnant.always && !listens()) return false;
    const auto part = message.subspan(sizeof(MessageHeader) + remnant.offset, remnant.bytes.size());
    return std::ranges::equal(part, remnant.bytes);
  });
}

Verdict Scanner::OnEnd(Bytes message, EndedKeys& ended) {
  if (message.size() < comparer_.shape().MinimumLength()) return Verdict::kDiscarded;
  const std::uint64_t key = KeyOf(message);
  ended.messages.Append(message);
  const Entry* entry = table_.Find(key);
  ended.messages.Append(entry == nullptr ? Bytes{} : entry->bytes());
  ended.last_scans.push_back(entry == nullptr ? 0 : entry->stamp());
  if (entry != nullptr) table_.Erase(key);
  return Verdict::kTaken;
}

Verdict Scanner::OnMessage(Bytes message) {
  const MessageShape& shape = comparer_.shape();
  if (message.size() < shape.MinimumLength()) return Verdict::kDiscarded;
  if (!batch_->changed.HasRoom()) return Verdict::kStop;
  Tally(message);
  // The end of its key has been reported, or will be.
  if (IsRemnant(message)) return Verdict::kTaken;

  const std::uint64_t key = KeyOf(message);
  Entry* entry = table_.Follow(key);
  if (entry == nullptr) {
    entry = &table_.Insert(key, message);
    entry->SetLayout(layouts_.Of(message));
    batch_->changed.Append(message);
    ++batch_->fresh;
  } else {
    Compare(*entry, message);
    table_.Assign(*entry, message);
  }
  // The kernel's table may change during a dump, which can then contain a key twice.
  if (entry->stamp() != static_cast<std::uint32_t>(stamp_)) ++distinct_;
  entry->Stamp(stamp_);
  return Verdict::kTaken;
}

void Scanner::Compare(Entry& entry, Bytes message) {
  if (layouts_.Same(entry.layout(), entry.bytes(), message)) return;
  if (comparer_.Differs(entry.bytes(), message)) batch_->changed.Append(message);
  entry.SetLayout(layouts_.Of(message));
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
