#pragma once

#include <cstdint>

#include "../src/table/batch.h"
#include "check.h"

namespace netlink::test {

/** Checks that every beat of the grid between two batches was scanned or counted, and that no scan
 * was early. */
class Grid {
 public:
  explicit Grid(std::int64_t interval) : interval_(interval) {}

  /** Checks the next batch of the source. */
  void Take(const Batch& batch) {
    const std::int64_t due = since_first_ + batch.interval_ns - batch.late_ns;
    if (batch.scan > 1) {
      // The division drops a fraction of a beat at each end.
      CHECK(batch.interval_ns - batch.late_ns + late_ >= interval_);
      beats_ +=
          1 + batch.beats_missed + batch.beats_held + batch.beats_slowed + batch.beats_limited;
      CHECK_EQ(static_cast<std::uint64_t>(due / interval_), beats_);
      since_first_ += batch.interval_ns;
    } else {
      since_first_ = batch.late_ns;
    }
    late_ = batch.late_ns;
  }

 private:
  const std::int64_t interval_;
  /** Time from the first deadline to the start of the last scan. */
  std::int64_t since_first_ = 0;
  std::int64_t late_ = 0;
  std::uint64_t beats_ = 0;
};

}  // namespace netlink::test
