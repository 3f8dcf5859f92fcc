#include "poll-thread.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "../util/clock.h"
#include "../util/signals-blocked.h"

namespace netlink {
namespace {

/** Minimum time between two batches of destroy events, so that a burst does not become many
 * batches. */
constexpr std::int64_t kEventsGapNs = 1'000'000;
/** Time until the next attempt when JavaScript has no time for destroy events. */
constexpr std::int64_t kFullGapNs = 10'000'000;
/** Limit on bytes of destroy events in one batch between two scans. */
constexpr std::size_t kEventsBatchBytes = 1024 * 1024;
/** Minimum time between two extra scans after overruns. The beat goes on anyway. */
constexpr std::int64_t kRescanGapNs = 10'000'000;
constexpr unsigned kMaxRescans = 3;
/** Time over which the first scans of sources that begin together are spread. */
constexpr std::int64_t kBeginSpreadNs = 10'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

PollThread::PollThread(std::vector<std::unique_ptr<Scanner>> scanners, BatchQueue& queue,
                       std::function<void()> wake, const PollSpec& spec)
    : known_(std::make_move_iterator(scanners.begin()), std::make_move_iterator(scanners.end())),
      queue_(queue),
      wake_(std::move(wake)),
      outbox_(queue, wake_, spec.gather_ns),
      pacer_(spec.cpu_budget),
      has_budget_(spec.cpu_budget > 0) {
  for (std::size_t source = 0; source < known_.size(); ++source) {
    changes_.Push({.source = source, .scanner = known_[source]});
  }
}

std::optional<Failure> PollThread::Start() {
  // Before the first scan, so that every end from now on is received.
  for (const auto& scanner : known_) {
    if (!scanner) continue;
    if (const auto failure = scanner->Listen()) return failure;
  }
  interrupt_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
  // The process's signals belong to the threads that expect them. A new thread inherits the signal
  // mask, so it can never receive one.
  const SignalsBlocked blocked;
  thread_ = std::thread(&PollThread::Run, this);
  return std::nullopt;
}

Result<std::size_t> PollThread::Add(std::unique_ptr<Scanner> scanner) {
  // Before the start, Start() does this.
  if (interrupt_) {
    if (const auto failure = scanner->Listen()) return *failure;
  }
  const auto vacant = std::ranges::find(known_, nullptr);
  const auto source = static_cast<std::size_t>(vacant - known_.begin());
  if (vacant == known_.end()) known_.emplace_back();
  known_[source] = std::move(scanner);
  changes_.Push({.source = source, .scanner = known_[source]});
  Interrupt();
  return source;
}

void PollThread::Remove(std::size_t source) {
  changes_.Push({.source = source, .scanner = nullptr});
  Interrupt();
}

void PollThread::Stop() {
  stopping_ = true;
  Interrupt();
}

void PollThread::Halt() {
  halted_ = true;
  Stop();
  Join();
}

void PollThread::Join() {
  if (thread_.joinable()) thread_.join();
}

void PollThread::Interrupt() {
  // Fails only if the counter is full, and then the thread is awake anyway.
  if (interrupt_) ::eventfd_write(interrupt_.get(), 1);
}

void PollThread::Run() {
  ::prctl(PR_SET_NAME, "netlink-poll", 0, 0, 0);
  // The default timer slack of 50 us would delay every deadline.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  precedence_.Begin();

  ApplyChanges();
  while (!stopping_) {
    const std::size_t source = Earliest();
    const std::int64_t now = MonotonicNs();
    const auto rescan = std::ranges::min_element(rescan_at_);
    if (beats_[source].deadline() <= now) {
      OnBeat(source, now);
    } else if (*rescan <= now) {
      Rescan(static_cast<std::size_t>(rescan - rescan_at_.begin()), now);
    } else {
      WaitUntil(std::min(beats_[source].deadline(), *rescan), now);
    }
    ApplyChanges();
  }
  // Last scans are made even when the queue is full: with them every ended key is reported.
  for (std::size_t source = 0; source < scanners_.size() && !halted_; ++source) {
    if (!scanners_[source]) continue;
    Scan(source, MonotonicNs(), 0);
    outbox_.Flush(source);
  }
  ended_ = true;
  wake_();
}

void PollThread::ApplyChanges() {
  for (const SourceChange& change : changes_.Take()) {
    if (change.scanner) {
      Begin(change.source, change.scanner);
    } else if (change.source < scanners_.size() && scanners_[change.source]) {
      End(change.source);
    }
  }
}

void PollThread::Begin(std::size_t source, std::shared_ptr<Scanner> scanner) {
  if (source >= scanners_.size()) {
    scanners_.resize(source + 1);
    beats_.resize(source + 1, Beat(kNever, 1));
    paces_.resize(source + 1, IdlePace(0, 1, 0));
    turns_.resize(source + 1, 0);
    rescan_at_.resize(source + 1, kNever);
    rescans_.resize(source + 1, 0);
  }
  const std::int64_t interval = scanner->interval_ns();
  beats_[source] =
      Beat(MonotonicNs() + PhaseOf(source, std::min(interval, kBeginSpreadNs)), interval);
  paces_[source] = IdlePace(source, interval, scanner->idle_interval_ns());
  scanners_[source] = std::move(scanner);
}

void PollThread::End(std::size_t source) {
  std::unique_ptr<Batch> batch = queue_.Fresh();
  batch->source = source;
  scanners_[source]->Leave(*batch);
  scanners_[source] = nullptr;
  beats_[source] = Beat(kNever, 1);
  turns_[source] = 0;
  rescan_at_[source] = kNever;
  rescans_[source] = 0;
  pacer_.Forget(source);
  outbox_.Push(std::move(batch));
}

void PollThread::WaitUntil(std::int64_t deadline, std::int64_t now) {
  // If JavaScript has no time for destroy events, they wait in the kernel, which counts what it
  // drops.
  if (now >= events_from_ && queue_.FullOfEvents()) events_from_ = now + kFullGapNs;
  const bool take_events = now >= events_from_;
  const std::int64_t until = take_events ? deadline : std::min(deadline, events_from_);
  const std::int64_t left = until - now;
  const timespec timeout{.tv_sec = static_cast<time_t>(left / kNsPerSecond),
                         .tv_nsec = static_cast<long>(left % kNsPerSecond)};
  waits_.assign(1, {.fd = interrupt_.get(), .events = POLLIN, .revents = 0});
  for (const auto& scanner : scanners_) {
    // ppoll() ignores a negative descriptor.
    const int fd = take_events && scanner ? scanner->events_fd() : -1;
    waits_.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  }
  // After any result the caller checks the clock and stopping_ again.
  if (::ppoll(waits_.data(), waits_.size(), &timeout, nullptr) <= 0) return;
  if (eventfd_t count = 0; waits_[0].revents != 0) ::eventfd_read(interrupt_.get(), &count);
  for (std::size_t source = 0; source < scanners_.size(); ++source) {
    if (waits_[source + 1].revents != 0) TakeEvents(source);
  }
}

void PollThread::TakeEvents(std::size_t source) {
  std::unique_ptr<Batch> batch = queue_.Fresh();
  batch->source = source;
  scanners_[source]->TakeEvents(batch->destroyed, kEventsBatchBytes);
  const std::int64_t now = MonotonicNs();
  events_from_ = now + kEventsGapNs;
  const bool missed = batch->destroyed.Missed();
  if (!batch->destroyed.Any()) return queue_.Recycle(std::move(batch));
  outbox_.Push(std::move(batch));
  paces_[source].Heard(now, beats_[source]);
  if (missed) OnOverrun(source);
}

void PollThread::OnOverrun(std::size_t source) {
  // Scan soon, also on a slow beat: only a scan finds the keys whose destroy event was lost.
  rescans_[source] = std::min(scanners_[source]->grace_scans() + 1, kMaxRescans);
  rescan_at_[source] = std::max(MonotonicNs(), last_rescan_ + kRescanGapNs);
}

void PollThread::Rescan(std::size_t source, std::int64_t now) {
  last_rescan_ = now;
  if (queue_.Full()) {
    // Too many batches wait for JavaScript: postpone this scan, like those on the beat.
    rescan_at_[source] = now + kRescanGapNs;
    return;
  }
  // The scan itself may report an overrun, which restarts the count.
  rescan_at_[source] = --rescans_[source] > 0 ? now + kRescanGapNs : kNever;
  Scan(source, now, 0);
  Pace(source, now);
}

std::size_t PollThread::Earliest() const {
  std::size_t earliest = 0;
  for (std::size_t i = 1; i < beats_.size(); ++i) {
    if (beats_[i].deadline() < beats_[earliest].deadline()) earliest = i;
  }
  return earliest;
}

void PollThread::OnBeat(std::size_t source, std::int64_t now) {
  Beat& beat = beats_[source];
  const std::int64_t late = beat.Arrive(now);
  const bool held = queue_.Full();
  if (held || ++turns_[source] < stride_) {
    // Gathered batches must not wait for a scan that is not made.
    outbox_.Flush(source);
    if (held) {
      beat.Hold();
    } else {
      beat.Slow();
    }
    return;
  }
  Scan(source, now, late);
  beat.Finish(MonotonicNs(), Stretched(source), pacer_.limited());
  Pace(source, now);
}

void PollThread::Pace(std::size_t source, std::int64_t start) {
  paces_[source].Scanned(scanners_[source]->Size(), start, MonotonicNs(), beats_[source]);
}

void PollThread::Scan(std::size_t source, std::int64_t start, std::int64_t late_ns) {
  turns_[source] = 0;
  std::unique_ptr<Batch> batch = queue_.Fresh();
  batch->source = source;
  batch->late_ns = late_ns;
  batch->beats_missed = beats_[source].TakeMissed();
  batch->beats_held = beats_[source].TakeHeld();
  batch->beats_slowed = beats_[source].TakeSlowed();
  batch->beats_limited = beats_[source].TakeLimited();
  scanners_[source]->Scan(*batch, start, halted_);
  Measure(source, batch->duration_ns);
  batch->effective_interval_ns = EffectiveInterval(source);
  if (batch->destroyed.Missed()) OnOverrun(source);
  outbox_.PushScan(std::move(batch), start, start + EffectiveInterval(source));
}

void PollThread::Measure(std::size_t source, std::int64_t duration_ns) {
  // Reading this clock is a system call.
  const std::int64_t cpu_ns = has_budget_ ? ThreadCpuNs() : 0;
  pacer_.Scanned(source, paces_[source].interval(), duration_ns,
                 cpu_ns - std::exchange(cpu_ns_, cpu_ns));
  // With raised priority, scans that do not fit the beat would starve other threads.
  precedence_.Want(pacer_.stretch() == 1);
}

std::int64_t PollThread::Stretched(std::size_t source) const {
  return pacer_.Stretched(paces_[source].interval());
}

std::int64_t PollThread::EffectiveInterval(std::size_t source) const {
  return Stretched(source) * stride_;
}

}  // namespace netlink
