#pragma once

#include <cstdint>
#include <utility>

namespace netlink {

/**
 * The beats of one source: deadlines at origin + n * interval on a monotonic clock. A beat whose
 * time has passed is counted and dropped, never caught up, so that the deadlines stay on their grid
 * however slow the scans are.
 */
class Beat {
 public:
  Beat(std::int64_t origin, std::int64_t interval) : deadline_(origin), interval_(interval) {}

  std::int64_t deadline() const { return deadline_; }

  /** The thread is here for the beat. Of several that have passed the latest is kept. Returns how
   * late it is. */
  std::int64_t Arrive(std::int64_t now) {
    const std::int64_t passed = (now - deadline_) / interval_;
    missed_ += static_cast<std::uint64_t>(passed);
    deadline_ += passed * interval_;
    return now - deadline_;
  }

  /** The beat's scan is over. Beats that passed during it are missed: one begun late would push on
   * the next. */
  void Finish(std::int64_t now) {
    deadline_ += interval_;
    if (deadline_ > now) return;
    const std::int64_t passed = (now - deadline_) / interval_ + 1;
    missed_ += static_cast<std::uint64_t>(passed);
    deadline_ += passed * interval_;
  }

  /** The beat is not scanned because nobody takes the batches. */
  void Hold() {
    ++held_;
    deadline_ += interval_;
  }

  /** The beat is not scanned because fewer scans are wanted. */
  void Slow() {
    ++slowed_;
    deadline_ += interval_;
  }

  /** From now on the beats are at origin + n * interval. What was counted stays. */
  void Move(std::int64_t origin, std::int64_t interval) {
    deadline_ = origin;
    interval_ = interval;
  }

  std::uint64_t TakeMissed() { return std::exchange(missed_, 0); }
  std::uint64_t TakeHeld() { return std::exchange(held_, 0); }
  std::uint64_t TakeSlowed() { return std::exchange(slowed_, 0); }

 private:
  std::int64_t deadline_;
  std::int64_t interval_;
  std::uint64_t missed_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t slowed_ = 0;
};

}  // namespace netlink
