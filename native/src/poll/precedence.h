#pragma once

#include <sys/resource.h>

#include <cerrno>

namespace netlink {

/**
 * Sets the niceness of the calling thread: below 0 while it should run before others. On a busy
 * machine, a scan that shares its core with another thread takes longer than a beat. Only for a
 * thread that needs little CPU time.
 *
 * Needs CAP_SYS_NICE, or a limit RLIMIT_NICE of 30 (systemd: LimitNICE=-10). Does nothing without
 * either, or if the process was given a niceness other than 0.
 */
class Precedence {
 public:
  /** Raises the priority if allowed. The thread calls this once, before Want(). */
  void Begin() {
    errno = 0;
    const int given = ::getpriority(PRIO_PROCESS, 0);
    granted_ = errno == 0 && given == 0;
    Want(true);
  }

  void Want(bool wanted) {
    if (!granted_ || wanted == has_) return;
    // On Linux this affects one thread, not its process.
    granted_ = ::setpriority(PRIO_PROCESS, 0, wanted ? kNiceness : 0) == 0;
    has_ = granted_ && wanted;
  }

 private:
  /** Niceness with about nine times the weight of niceness 0. */
  static constexpr int kNiceness = -10;

  bool granted_ = false;
  bool has_ = false;
};

}  // namespace netlink
