#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace netlink {

/**
 * The beats of one source: deadlines at origin + n * interval on a monotonic clock, or further
 * apart while scans take too long. Whenever a deadline is put off, every one after it is put off
 * too: none is caught up. Beats that pass without a scan are counted on the grid of the interval,
 * however far apart the deadlines are.
 */
class Beat {
 public:
  Beat(std::int64_t origin, std::int64_t interval)
      : origin_(origin), interval_(interval), deadline_(origin), apart_(interval) {}

  std::int64_t deadline() const { return deadline_; }

  /** The thread is here for the beat. Of several that have passed the latest is kept. Returns how
   * late it is. */
  std::int64_t Arrive(std::int64_t now) {
    missed_ += MoveTo(deadline_ + (now - deadline_) / apart_ * apart_);
    return now - deadline_;
  }

  /** The beat's scan is over, and the next is due `apart` after it was, at least one interval; or
   * now if that has passed. `limited`: whether beats between the two are left out to save time, and
   * not because there is none. */
  void Finish(std::int64_t now, std::int64_t apart, bool limited) {
    apart_ = apart;
    // One of the beats that pass is the next scan's.
    (limited ? limited_ : missed_) += MoveTo(deadline_ + apart) - 1;
    missed_ += MoveTo(std::max(deadline_, now));
  }

  /** The beat is not scanned because nobody takes the batches. */
  void Hold() { held_ += MoveTo(deadline_ + apart_); }

  /** The beat is not scanned because fewer scans are wanted. */
  void Slow() { slowed_ += MoveTo(deadline_ + apart_); }

  /** From now on the beats are at origin + n * interval. What was counted stays. */
  void Move(std::int64_t origin, std::int64_t interval) {
    origin_ = deadline_ = origin;
    interval_ = apart_ = interval;
  }

  std::uint64_t TakeMissed() { return std::exchange(missed_, 0); }
  std::uint64_t TakeHeld() { return std::exchange(held_, 0); }
  std::uint64_t TakeSlowed() { return std::exchange(slowed_, 0); }
  std::uint64_t TakeLimited() { return std::exchange(limited_, 0); }

 private:
  /** Puts the deadline off. Returns how many beats of the grid there are from it to the new one. */
  std::uint64_t MoveTo(std::int64_t deadline) {
    const std::int64_t before = (std::exchange(deadline_, deadline) - origin_) / interval_;
    return static_cast<std::uint64_t>((deadline - origin_) / interval_ - before);
  }

  std::int64_t origin_;
  std::int64_t interval_;
  std::int64_t deadline_;
  std::int64_t apart_;
  std::uint64_t missed_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t slowed_ = 0;
  std::uint64_t limited_ = 0;
};

}  // namespace netlink
