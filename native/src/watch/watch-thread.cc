#include "watch-thread.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <span>
#include <variant>

#include "../util/clock.h"

namespace netlink {
namespace {

/** Intervals without a good answer after which a watch is lost. */
constexpr std::int64_t kLostIntervals = 3;
/** Time until the next try to open a socket. */
constexpr std::int64_t kRetryNs = kNsPerSecond;
/** Longest time that figures wait for changes to be delivered with. */
constexpr std::int64_t kFiguresNs = kNsPerSecond;

}  // namespace

WatchThread::WatchThread(WatchSpec spec, std::function<void()> wake)
    : ReadThread("netlink-watch", std::move(wake)),
      spec_(std::move(spec)),
      layouts_(spec_.shape),
      comparer_(spec_.shape),
      delivered_at_(MonotonicNs()) {}

std::optional<Failure> WatchThread::AddSource(std::size_t source, ChannelOpener opener) {
  ExactReader reader(spec_.protocol, std::move(opener));
  if (const auto failure = reader.Open()) return failure;
  const std::lock_guard lock(mutex_);
  sources_.insert_or_assign(source, Source(std::move(reader)));
  return std::nullopt;
}

void WatchThread::RemoveSource(std::size_t source) {
  const std::lock_guard lock(mutex_);
  std::erase_if(watched_, [&](const auto& each) { return each.second.spec.source == source; });
  sources_.erase(source);
}

void WatchThread::Add(WatchedKey key) {
  const std::int64_t now = MonotonicNs();
  const std::int64_t interval = key.interval_ns;
  const std::uint32_t number = key.number;
  Watched watched{.spec = std::move(key), .deadline = (now / interval + 1) * interval};
  watched.good_at = now;
  {
    const std::lock_guard lock(mutex_);
    watched_.insert_or_assign(number, std::move(watched));
  }
  Interrupt();
}

void WatchThread::Remove(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  watched_.erase(number);
}

bool WatchThread::Take(WatchBatch& batch) {
  const std::lock_guard lock(mutex_);
  waking_ = false;
  if (!batch_.Any() && batch_.figures.Reads() == 0) return false;
  std::swap(batch, batch_);
  delivered_at_ = MonotonicNs();
  return true;
}

bool WatchThread::Full() const {
  const std::lock_guard lock(mutex_);
  return batch_.Weight() >= spec_.max_pending_bytes;
}

WatchThread::ReadTimes WatchThread::Times() const {
  const std::lock_guard lock(mutex_);
  ReadTimes times;
  for (const auto& [number, watched] : watched_) times.at = std::min(times.at, watched.deadline);
  if (batch_.Any() && !waking_) times.at = std::min(times.at, since_ + spec_.gather_ns);
  return times;
}

bool WatchThread::ReadQueued() {
  if (!prepared_) {
    prepared_ = true;
    // The default timer slack of 50 us would delay every deadline.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  }
  bool deliver = false;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = MonotonicNs();
    for (auto& [number, source] : sources_) {
      CollectDue(number, now);
      if (!due_.empty()) ReadDue(source);
    }
    deliver = !waking_ && IsDeliveryDue(MonotonicNs());
    waking_ |= deliver;
  }
  if (deliver) Wake();
  return true;
}

void WatchThread::CollectDue(std::size_t source, std::int64_t now) {
  due_.clear();
  requests_.clear();
  for (auto& [number, watched] : watched_) {
    if (watched.spec.source != source || watched.deadline > now) continue;
    due_.push_back(&watched);
    requests_.emplace_back(watched.spec.request);
  }
}

void WatchThread::ReadDue(Source& source) {
  for (std::size_t first = 0; first < due_.size();) {
    const std::span rest = std::span<const Bytes>(requests_).subspan(first);
    received_ns_ = 0;
    Result<std::size_t> read = Failure{FailureCode::kSocket, 0, "socket"};
    const bool tries = MonotonicNs() >= source.retry_at;
    if (tries) {
      read = source.reader.Read(rest, [&](const ExactAnswer& answer) {
        // All answers are there once the first is.
        if (received_ns_ == 0) {
          received_ns_ = RealtimeNs();
          received_at_ = MonotonicNs();
        }
        OnAnswer(*due_[first + answer.request], answer);
      });
    }
    const auto* failure = std::get_if<Failure>(&read);
    const std::size_t count = failure != nullptr ? rest.size() : std::get<std::size_t>(read);
    if (failure != nullptr) {
      received_at_ = MonotonicNs();
      batch_.figures.failed += count;
      if (tries) {
        source.retry_at = received_at_ + kRetryNs;
        if (!batch_.failure) since_ = batch_.Any() ? since_ : received_at_;
        batch_.failure = *failure;
      }
      for (Watched* watched : std::span(due_).subspan(first)) OnBad(*watched);
    }
    for (Watched* watched : std::span(due_).subspan(first, count)) {
      const std::int64_t interval = watched->spec.interval_ns;
      const std::int64_t late = received_at_ - watched->deadline;
      batch_.figures.Late(late, 1);
      batch_.figures.skipped += static_cast<std::uint64_t>(late / interval);
      watched->deadline += (late / interval + 1) * interval;
    }
    first += count;
  }
}

void WatchThread::OnAnswer(Watched& watched, const ExactAnswer& answer) {
  if (answer.error == ENOENT) {
    ++batch_.figures.missing;
    OnBad(watched);
  } else if (answer.error != 0 || !IsGood(watched, answer.message)) {
    ++batch_.figures.failed;
    OnBad(watched);
  } else if (IsLeftover(answer.message)) {
    ++batch_.figures.leftover;
    OnBad(watched);
  } else {
    ++batch_.figures.answered;
    OnGood(watched, answer.message);
  }
}

bool WatchThread::IsGood(const Watched& watched, Bytes message) const {
  if (message.size() < spec_.shape.MinimumLength()) return false;
  const auto type = Load<MessageHeader>(message.data()).type;
  const auto key =
      Load<std::uint64_t>(message.data() + sizeof(MessageHeader) + spec_.shape.key_offset);
  return key == watched.spec.key &&
         std::ranges::find(spec_.data_types, type) != spec_.data_types.end();
}

bool WatchThread::IsLeftover(Bytes message) const {
  return std::ranges::any_of(spec_.leftovers, [&](const LeftoverSpec& leftover) {
    const auto part =
        message.subspan(sizeof(MessageHeader) + leftover.offset, leftover.bytes.size());
    return std::ranges::equal(part, leftover.bytes);
  });
}

void WatchThread::OnGood(Watched& watched, Bytes message) {
  const bool same =
      !watched.last.empty() && (layouts_.Same(watched.layout, watched.last, message) ||
                                !comparer_.Differs(watched.last, message));
  if (!same) {
    Append(watched, message, received_ns_);
    watched.layout = layouts_.Of(message);
  }
  // Also if it is the same: the bytes that are not compared are newer.
  watched.last.assign(message.begin(), message.end());
  watched.good_ns = received_ns_;
  watched.good_at = received_at_;
  watched.lost = false;
}

void WatchThread::OnBad(Watched& watched) {
  if (watched.lost || MonotonicNs() - watched.good_at < kLostIntervals * watched.spec.interval_ns)
    return;
  watched.lost = true;
  Append(watched, {}, 0);
  // The next good answer is reported, whatever it is: it ends the loss.
  watched.last.clear();
}

void WatchThread::Append(const Watched& watched, Bytes message, std::uint64_t time_ns) {
  if (!batch_.Any()) since_ = received_at_;
  batch_.changed.Append(message);
  batch_.watches.push_back(watched.spec.number);
  batch_.times_ns.insert(batch_.times_ns.end(), {time_ns, watched.good_ns});
}

bool WatchThread::IsDeliveryDue(std::int64_t now) const {
  if (batch_.Any() && now - since_ >= spec_.gather_ns) return true;
  return batch_.figures.Reads() > 0 && now - delivered_at_ >= kFiguresNs;
}

void WatchThread::Close() {
  const std::lock_guard lock(mutex_);
  watched_.clear();
  sources_.clear();
}

}  // namespace netlink
