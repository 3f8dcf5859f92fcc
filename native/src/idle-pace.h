#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "beat.h"

namespace netlink {

/** A part of `period` that is another for each source, and spreads any number of them evenly: the
 * fractions of the golden ratio's multiples. The first source has none. */
inline std::int64_t PhaseOf(std::size_t source, std::int64_t period) {
  constexpr std::uint32_t kGoldenRatio = 0x9e3779b9;  // 2^32 / phi
  const auto fraction = static_cast<std::uint32_t>(source) * kGoldenRatio;
  return static_cast<std::int64_t>(static_cast<double>(period) * fraction / 4294967296.0);
}

/**
 * Which of its two periods a source keeps to. One without a key is scanned at the slower one, at a
 * time of its own in it; when it has a key, or an end is heard of it, it is back on its beat.
 */
class IdlePace {
 public:
  /** `idle_interval` 0: it never slows down. */
  IdlePace(std::size_t source, std::int64_t interval, std::int64_t idle_interval)
      : interval_(interval),
        idle_interval_(idle_interval),
        phase_(PhaseOf(source, idle_interval)) {}

  /** A scan that began at `start` is over, and so many keys are known. */
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

  /** Ends were told. Where they alone are to be had, short keys that no scan sees, it is not
   * scanned more often than on its beat. */
  void Heard(std::int64_t now, Beat& beat) {
    if (!idle_) return;
    idle_ = false;
    beat.Move(std::max(now, scanned_ + interval_), interval_);
  }

  bool idle() const { return idle_; }
  /** The period that it keeps to now. */
  std::int64_t interval() const { return idle_ ? idle_interval_ : interval_; }

 private:
  std::int64_t interval_;
  std::int64_t idle_interval_;
  std::int64_t phase_;
  std::int64_t scanned_ = 0;
  bool idle_ = false;
};

}  // namespace netlink
