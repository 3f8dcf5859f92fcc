#include "poll-thread.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "util/clock.h"

namespace netlink {
namespace {

/** Blocks every signal in this thread, and so in threads that it starts, for as long as it lives.
 */
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t previous_{};
};

}  // namespace

PollThread::PollThread(std::vector<std::unique_ptr<Scanner>> scanners, BatchQueue& queue,
                       std::function<void()> wake)
    : scanners_(std::move(scanners)), queue_(queue), wake_(std::move(wake)) {}

void PollThread::Start() {
  interrupt_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
  // The process's signals belong to the threads that expect them. A thread inherits its starter's
  // mask, so that there is no moment in which it could take one.
  const SignalsBlocked blocked;
  thread_ = std::thread(&PollThread::Run, this);
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
  // Fails only when it is not started, or when the counter is full and the thread awake anyway.
  if (interrupt_) ::eventfd_write(interrupt_.get(), 1);
}

void PollThread::Run() {
  ::prctl(PR_SET_NAME, "netlink-poll", 0, 0, 0);
  // The default slack of 50 us would be added to every deadline.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);

  const std::int64_t origin = MonotonicNs();
  for (const auto& scanner : scanners_) beats_.emplace_back(origin, scanner->interval_ns());
  while (!stopping_) {
    const std::size_t source = Earliest();
    const std::int64_t now = MonotonicNs();
    if (beats_[source].deadline() > now) {
      WaitUntil(beats_[source].deadline(), now);
    } else {
      OnBeat(source, now);
    }
  }
  // The last scans are not held back: with them every key that ended is reported.
  for (std::size_t source = 0; source < scanners_.size() && !halted_; ++source) {
    Scan(source, MonotonicNs(), 0);
  }
  ended_ = true;
  wake_();
}

void PollThread::WaitUntil(std::int64_t deadline, std::int64_t now) const {
  const std::int64_t left = deadline - now;
  const timespec timeout{.tv_sec = static_cast<time_t>(left / kNsPerSecond),
                         .tv_nsec = static_cast<long>(left % kNsPerSecond)};
  pollfd interrupt{.fd = interrupt_.get(), .events = POLLIN, .revents = 0};
  // Whatever ends the wait, the caller looks at the clock and at stopping_ again.
  ::ppoll(&interrupt, 1, &timeout, nullptr);
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
  if (queue_.Full()) {
    beat.Hold();
    return;
  }
  Scan(source, now, late);
  beat.Finish(MonotonicNs());
}

void PollThread::Scan(std::size_t source, std::int64_t start, std::int64_t late_ns) {
  std::unique_ptr<Batch> batch = queue_.Fresh();
  batch->source = source;
  batch->late_ns = late_ns;
  batch->beats_missed = beats_[source].TakeMissed();
  batch->beats_held = beats_[source].TakeHeld();
  scanners_[source]->Scan(*batch, start, halted_);
  queue_.Push(std::move(batch));
  wake_();
}

}  // namespace netlink
