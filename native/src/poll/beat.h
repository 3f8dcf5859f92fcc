#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace netlink {

/**
 * Beats of one source: deadlines at origin + n * interval on a monotonic clock, or further apart
 * while scans take too long. A postponed deadline also postpones all later ones: missed scans are
 * not made up for. Beats without a scan are counted on the grid of the interval, even when the
 * deadlines are further apart.
 */
class Beat {
 public:
  Beat(std::int64_t origin, std::int64_t interval)
      : origin_(origin), interval_(interval), deadline_(origin), apart_(interval) {}

  std::int64_t deadline() const { return deadline_; }

  /** Begins the latest beat that is due; earlier ones are counted as missed. Returns its delay. */
  std::int64_t Arrive(std::int64_t now) {
    missed_ += MoveTo(deadline_ + (now - deadline_) / apart_ * apart_);
    return now - deadline_;
  }

  /** Ends the beat's scan. The next deadline is `apart` (at least one interval) after this one, or
   * now if that has passed. `limited`: true when the beats in between are skipped to keep to the
   * CPU budget, false when scans take too long. */
  void Finish(std::int64_t now, std::int64_t apart, bool limited) {
    apart_ = apart;
    // One of these beats is that of the next scan.
    (limited ? limited_ : missed_) += MoveTo(deadline_ + apart) - 1;
    missed_ += MoveTo(std::max(deadline_, now));
  }

  /** Skips the beat because too many batches wait for JavaScript. */
  void Hold() { held_ += MoveTo(deadline_ + apart_); }

  /** Skips the beat because fewer scans are wanted. */
  void Slow() { slowed_ += MoveTo(deadline_ + apart_); }

  /** Moves the beats to origin + n * interval. Counts are kept. */
  void Move(std::int64_t origin, std::int64_t interval) {
    origin_ = deadline_ = origin;
    interval_ = apart_ = interval;
  }

  std::uint64_t TakeMissed() { return std::exchange(missed_, 0); }
  std::uint64_t TakeHeld() { return std::exchange(held_, 0); }
  std::uint64_t TakeSlowed() { return std::exchange(slowed_, 0); }
  std::uint64_t TakeLimited() { return std::exchange(limited_, 0); }

 private:
  /** Postpones the deadline. Returns the number of beats of the grid from the old one to the new.
   */
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
