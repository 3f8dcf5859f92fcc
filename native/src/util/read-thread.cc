#include "read-thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "clock.h"
#include "signals-blocked.h"

namespace netlink {

void ReadThread::Start() {
  interrupt_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
  // The process's signals belong to the threads that expect them.
  const SignalsBlocked blocked;
  thread_ = std::thread(&ReadThread::Run, this);
}

void ReadThread::Pause(bool paused) {
  paused_ = paused;
  Interrupt();
}

void ReadThread::Resume() {
  if (blocked_.exchange(false)) Interrupt();
}

void ReadThread::Stop() {
  stopping_ = true;
  Interrupt();
}

void ReadThread::Halt() {
  halted_ = true;
  Stop();
  Join();
}

void ReadThread::Join() {
  if (!thread_.joinable()) return;
  thread_.join();
  Close();
  interrupt_ = UniqueFd();
}

void ReadThread::Interrupt() {
  // Fails only if the counter is full, and then the thread is awake anyway.
  if (interrupt_) ::eventfd_write(interrupt_.get(), 1);
}

void ReadThread::Run() {
  ::prctl(PR_SET_NAME, name_, 0, 0, 0);
  while (!stopping_) {
    if (Wait() && !ReadQueued()) break;
  }
  PushLast();
  // After it, this object may be destroyed by the thread that is woken only after a join.
  ended_ = true;
  wake_();
}

bool ReadThread::Wait() {
  // The order matters: Resume() after Full() finds blocked_ set.
  blocked_ = true;
  const bool full = Full();
  if (!full) blocked_ = false;
  const bool can_read = !paused_ && !full;
  const ReadTimes times = Times();
  const std::int64_t now = MonotonicNs();
  // Until the next read only an interrupt ends the wait. ppoll() ignores a negative descriptor.
  const bool listens = can_read && now >= times.from;
  std::array<pollfd, 2> waits{{{.fd = interrupt_.get(), .events = POLLIN, .revents = 0},
                               {.fd = listens ? fd() : -1, .events = POLLIN, .revents = 0}}};
  const std::int64_t until = listens ? times.at : times.from;
  const std::int64_t left = std::max<std::int64_t>(until - now, 0);
  const timespec timeout{.tv_sec = static_cast<time_t>(left / kNsPerSecond),
                         .tv_nsec = static_cast<long>(left % kNsPerSecond)};
  const bool timed = can_read && until != kNever;
  const int ready = ::ppoll(waits.data(), waits.size(), timed ? &timeout : nullptr, nullptr);
  if (ready < 0) return false;
  if (eventfd_t count = 0; waits[0].revents != 0) ::eventfd_read(interrupt_.get(), &count);
  // POLLERR reports ENOBUFS.
  const bool due = listens && (waits[1].revents != 0 || (ready == 0 && timed));
  return due && !paused_;
}

}  // namespace netlink
