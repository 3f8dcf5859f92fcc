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
      leftovers_(std::move(spec.leftovers)),
      event_spec_(std::move(spec.destroy_events)),
      event_opener_(std::move(event_opener)),
      dumper_(std::move(spec.dump), std::move(opener)),
      layouts_(spec.shape),
      comparer_(std::move(spec.shape)),
      table_lock_(table_mutex_, std::defer_lock) {}

std::optional<Failure> Scanner::Listen() {
  if (!event_spec_) return std::nullopt;
  const auto failure = OpenStream();
  deaf_ = failure.has_value();
  return event_spec_->required ? failure : std::nullopt;
}

std::optional<Failure> Scanner::OpenStream() {
  auto opened = event_opener_(protocol_, *event_spec_);
  if (const auto* failure = std::get_if<Failure>(&opened)) {
    if (!listening_) listening_ = *failure;
    return *failure;
  }
  auto& channel = std::get<EventChannel>(opened);
  if (!listening_) listening_ = channel.grant;
  stream_.emplace(std::move(channel), event_spec_->data_types);
  return std::nullopt;
}

void Scanner::TakeEvents(DestroyedKeys& destroyed, std::size_t limit) {
  if (!stream_) return;
  EventSink sink(*this, destroyed);
  const EventReport report =
      stream_->Drain(sink, [&] { return destroyed.messages.data.size() < limit; });
  destroyed.taken_ns = RealtimeNs();
  destroyed.overruns += report.overruns;
  destroyed.lost += report.lost;
  destroyed.discarded += report.discarded + report.unrelated;
  if (!report.failure) return;
  // Reported once. The next scan reopens the socket.
  destroyed.failure = report.failure;
  stream_.reset();
}

void Scanner::SetFilters(FilterSpec filters) {
  const std::lock_guard lock(filters_mutex_);
  filters_ = std::move(filters);
}

void Scanner::TakeFilters() {
  std::optional<FilterSpec> filters;
  {
    const std::lock_guard lock(filters_mutex_);
    filters = std::exchange(filters_, std::nullopt);
  }
  if (!filters) return;
  dumper_.Replace(std::move(filters->query_methods));
  if (tally_) tally_->filter = std::move(filters->tally);
  const std::lock_guard lock(table_mutex_);
  table_.ForEach([&](Entry& entry) { entry.SetTallied(IsTallied(entry.bytes())); });
  if (!event_spec_) return;
  event_spec_->filter = std::move(filters->events);
  // A kernel that refuses it keeps the filter before; a new socket falls back by itself.
  if (stream_ && !stream_->SetFilter(event_spec_->filter))
    stream_->SetFilter(event_spec_->fallback_filter);
}

void Scanner::Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned) {
  TakeFilters();
  // Reopen a socket that failed later, but not one that could never be opened.
  if (event_spec_ && !stream_ && !deaf_) batch.destroyed.failure = OpenStream();
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

  batch.query_method = report.query_method;
  batch.failure = report.failure;
  batch.seen = report.counts.seen;
  batch.discarded = report.counts.discarded;
  batch.unrelated = report.counts.unrelated;
  batch.request_ns = std::move(report.request_ns);
  const bool complete = !batch.failure;
  // A key that ended during the dump has a destroy event, so it must not be reported as missing.
  const std::size_t before = table_.size();
  TakeEvents(batch.destroyed, batch.destroyed.messages.limit);
  // Only a complete dump shows which keys are gone. If it had all known keys, skip the sweep.
  if (complete) {
    const std::lock_guard lock(table_mutex_);
    if (distinct_ != before) {
      table_.Sweep(stamp_, listens() ? event_spec_->grace_scans : 0, batch.gone);
    }
    table_.Shrink();
  }
  batch_ = nullptr;
}

void Scanner::Leave(Batch& batch) {
  batch.removed = true;
  TakeEvents(batch.destroyed, batch.destroyed.messages.limit);
  // Destroy events beyond the limit are dropped: their keys are reported as gone anyway.
  stream_.reset();
  const std::lock_guard lock(table_mutex_);
  table_.Sweep(++stamp_, 0, batch.gone);
}

std::uint64_t Scanner::KeyOf(Bytes message) const {
  return Load<std::uint64_t>(message.data() + sizeof(MessageHeader) + comparer_.shape().key_offset);
}

bool Scanner::IsLeftover(Bytes message) const {
  return std::ranges::any_of(leftovers_, [&](const LeftoverSpec& leftover) {
    if (!leftover.always && !listens()) return false;
    const auto part =
        message.subspan(sizeof(MessageHeader) + leftover.offset, leftover.bytes.size());
    return std::ranges::equal(part, leftover.bytes);
  });
}

Verdict Scanner::OnEvent(Bytes message, DestroyedKeys& destroyed) {
  if (message.size() < comparer_.shape().MinimumLength()) return Verdict::kDiscarded;
  const std::uint64_t key = KeyOf(message);
  destroyed.messages.Append(message);
  const Entry* entry = table_.Find(key);
  destroyed.messages.Append(entry == nullptr ? Bytes{} : entry->bytes());
  destroyed.last_scans.push_back(entry == nullptr ? 0 : entry->stamp());
  if (entry != nullptr) table_.Erase(key);
  return Verdict::kTaken;
}

Verdict Scanner::OnMessage(Bytes message) {
  const MessageShape& shape = comparer_.shape();
  if (message.size() < shape.MinimumLength()) return Verdict::kDiscarded;
  if (!batch_->changed.HasRoom()) return Verdict::kStop;
  // The end of its key has been reported, or will be.
  if (IsLeftover(message)) {
    if (IsTallied(message)) Tally(message);
    return Verdict::kTaken;
  }

  const std::uint64_t key = KeyOf(message);
  Entry* entry = table_.Follow(key);
  if (entry == nullptr) {
    entry = &table_.Insert(key, message);
    entry->SetLayout(layouts_.Of(message));
    entry->SetTallied(IsTallied(message));
    batch_->changed.Append(message);
    ++batch_->fresh;
  } else {
    Compare(*entry, message);
    table_.Assign(*entry, message);
  }
  if (entry->tallied()) Tally(message);
  // The kernel's table may change during a dump, which can then contain a key twice.
  if (entry->stamp() != static_cast<std::uint32_t>(stamp_)) ++distinct_;
  entry->Stamp(stamp_);
  return Verdict::kTaken;
}

void Scanner::Compare(Entry& entry, Bytes message) {
  if (layouts_.Same(entry.layout(), entry.bytes(), message)) return;
  if (comparer_.Differs(entry.bytes(), message)) {
    batch_->changed.Append(message);
    entry.SetTallied(IsTallied(message));
  }
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
