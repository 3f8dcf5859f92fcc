#pragma once

#include <sys/resource.h>

#include <cerrno>

namespace netlink {

/**
 * The niceness of the thread that calls: below 0 while it is to come before others. Where threads
 * want more time than there is, a scan that has to share its core with one lasts past the next
 * beat. It is for a thread that needs little of that time.
 *
 * Needs CAP_SYS_NICE, or a limit RLIMIT_NICE of 30 (systemd: LimitNICE=-10). Without either, and
 * where somebody chose a niceness for the process, everything stays as it is.
 */
class Precedence {
 public:
  /** Once, by the thread itself, before Want(). */
  void Begin() {
    errno = 0;
    const int given = ::getpriority(PRIO_PROCESS, 0);
    granted_ = errno == 0 && given == 0;
    Want(true);
  }

  void Want(bool wanted) {
    if (!granted_ || wanted == has_) return;
    // On Linux this is of one thread, not of its process.
    granted_ = ::setpriority(PRIO_PROCESS, 0, wanted ? kNiceness : 0) == 0;
    has_ = granted_ && wanted;
  }

 private:
  /** Nine times the weight of a thread of 0. */
  static constexpr int kNiceness = -10;

  bool granted_ = false;
  bool has_ = false;
};

}  // namespace netlink
