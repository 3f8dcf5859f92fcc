#include "relay-thread.h"

#include <pthread.h>
#include <sys/prctl.h>

#include "../util/clock.h"
#include "../util/signals-blocked.h"

namespace netlink::relay {

void RelayThread::Start() {
  auto loop = std::make_unique<RelayLoop>(spec_, events_);
  // The process's signals belong to the threads that expect them.
  const SignalsBlocked blocked;
  loop_ = std::move(loop);
  try {
    thread_ = std::thread(&RelayThread::Run, this);
  } catch (...) {
    loop_.reset();
    throw;
  }
}

void RelayThread::Stop() {
  if (loop_) loop_->Stop();
}

void RelayThread::Halt() {
  halted_ = true;
  Stop();
  Join();
}

void RelayThread::Join() {
  if (thread_.joinable()) thread_.join();
}

void RelayThread::Run() {
  ::prctl(PR_SET_NAME, "tcp-relay", 0, 0, 0);
  loop_->Run();
  last_cpu_ns_ = ThreadCpuNs();
  // After it, this object may be destroyed by the thread that is woken only after a join.
  ended_ = true;
  wake_();
}

std::int64_t RelayThread::CpuNs() {
  if (ended_ || !thread_.joinable()) return last_cpu_ns_;
  clockid_t clock{};
  // A thread that has ended but was not joined yet has no clock any longer.
  if (::pthread_getcpuclockid(thread_.native_handle(), &clock) != 0) return last_cpu_ns_;
  const std::int64_t now = ReadClockNs(clock);
  return now == 0 ? last_cpu_ns_.load() : now;
}

}  // namespace netlink::relay
