#include "listen-thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "../util/clock.h"
#include "../util/signals-blocked.h"

namespace netlink {

void ListenThread::Start() {
  interrupt_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
  // The process's signals belong to the threads that expect them.
  const SignalsBlocked blocked;
  thread_ = std::thread(&ListenThread::Run, this);
}

void ListenThread::Pause(bool paused) {
  paused_ = paused;
  Interrupt();
}

void ListenThread::Resume() {
  if (blocked_.exchange(false)) Interrupt();
}

void ListenThread::Stop() {
  stopping_ = true;
  Interrupt();
}

void ListenThread::Halt() {
  halted_ = true;
  Stop();
  Join();
}

void ListenThread::Join() {
  if (!thread_.joinable()) return;
  thread_.join();
  reader_.Close();
  interrupt_ = UniqueFd();
}

void ListenThread::Interrupt() {
  // Fails only if the counter is full, and then the thread is awake anyway.
  if (interrupt_) ::eventfd_write(interrupt_.get(), 1);
}

void ListenThread::Run() {
  ::prctl(PR_SET_NAME, "netlink-listen", 0, 0, 0);
  while (!stopping_) {
    if (Wait() && !ReadQueued()) break;
  }
  auto last = queue_.Fresh();
  reader_.TakeLost(*last);
  if (last->Any()) queue_.Push(std::move(last));
  // After it, this object may be destroyed by the thread that is woken only after a join.
  ended_ = true;
  wake_();
}

bool ListenThread::Wait() {
  // The order matters: Resume() after Full() finds blocked_ set.
  blocked_ = true;
  const bool full = queue_.Full();
  if (!full) blocked_ = false;
  const bool can_read = !paused_ && !full;
  const std::int64_t left = can_read ? read_from_ - MonotonicNs() : 0;
  // Until the next read only an interrupt ends the wait. ppoll() ignores a negative descriptor.
  const bool listens = can_read && left <= 0;
  std::array<pollfd, 2> waits{
      {{.fd = interrupt_.get(), .events = POLLIN, .revents = 0},
       {.fd = listens ? reader_.fd() : -1, .events = POLLIN, .revents = 0}}};
  const timespec timeout{
      .tv_sec = static_cast<time_t>(std::max<std::int64_t>(left, 0) / kNsPerSecond),
      .tv_nsec = static_cast<long>(std::max<std::int64_t>(left, 0) % kNsPerSecond)};
  const bool timed = can_read && left > 0;
  if (::ppoll(waits.data(), waits.size(), timed ? &timeout : nullptr, nullptr) <= 0) return false;
  if (eventfd_t count = 0; waits[0].revents != 0) ::eventfd_read(interrupt_.get(), &count);
  // POLLERR reports ENOBUFS.
  return waits[1].revents != 0 && !paused_;
}

bool ListenThread::ReadQueued() {
  bool empty = false;
  while (!empty && !stopping_ && !paused_ && !queue_.Full()) {
    auto batch = queue_.Fresh();
    empty = reader_.Read(*batch, spec_.batch_bytes);
    const bool failed = batch->failure.has_value();
    if (batch->Any()) {
      queue_.Push(std::move(batch));
      wake_();
    } else {
      queue_.Recycle(std::move(batch));
    }
    if (failed) return false;
  }
  read_from_ = MonotonicNs() + spec_.gather_ns;
  return true;
}

}  // namespace netlink
