#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "beat.h"

namespace netlink {

/** Returns an offset within `period` that spreads any number of sources evenly: the fractional part
 * of multiples of the golden ratio. The first source has offset 0. */
inline std::int64_t PhaseOf(std::size_t source, std::int64_t period) {
  constexpr std::uint32_t kGoldenRatio = 0x9e3779b9;  // 2^32 / phi
  const auto fraction = static_cast<std::uint32_t>(source) * kGoldenRatio;
  return static_cast<std::int64_t>(static_cast<double>(period) * fraction / 4294967296.0);
}

/**
 * Chooses between the two periods of a source. A source without keys is scanned at the idle
 * interval, with an offset of its own; with a key or a destroy event it returns to its normal beat.
 */
class IdlePace {
 public:
  /** @param idle_interval 0: the source never slows down */
  IdlePace(std::size_t source, std::int64_t interval, std::int64_t idle_interval)
      : interval_(interval),
        idle_interval_(idle_interval),
        phase_(PhaseOf(source, idle_interval)) {}

  /** Ends a scan that began at `start`; `keys` is the number of known keys. */
  void Scanned(std::size_t keys, std::int64_t start, std::int64_t now, Beat& beat) {
    scanned_ = start;
    if (idle_interval_ == 0 || idle_ == (keys == 0)) return;
    idle_ = keys == 0;
    if (idle_) {
      beat.Move(now + std::max(interval_, phase_), idle_interval_);
    } else {
      beat.Move(now, interval_);
    }
  }

  /** Returns to the normal beat after destroy events. The next scan is at least one interval after
   * the last: keys too short for any scan to see must not cause extra scans. */
  void Heard(std::int64_t now, Beat& beat) {
    if (!idle_) return;
    idle_ = false;
    beat.Move(std::max(now, scanned_ + interval_), interval_);
  }

  bool idle() const { return idle_; }
  /** Current period. */
  std::int64_t interval() const { return idle_ ? idle_interval_ : interval_; }

 private:
  std::int64_t interval_;
  std::int64_t idle_interval_;
  std::int64_t phase_;
  std::int64_t scanned_ = 0;
  bool idle_ = false;
};

}  // namespace netlink
