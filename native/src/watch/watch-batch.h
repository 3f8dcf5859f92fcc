#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../netlink/failure.h"
#include "../netlink/packed-messages.h"

namespace netlink {

/** Upper bounds of the buckets of lateness, nanoseconds; the last bucket has none.
 * `WATCH_LATENESS_NS` in watch-binding.ts. */
inline constexpr std::array<std::int64_t, 8> kLatenessBoundsNs = {
    50'000, 100'000, 200'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};

/** Counts of reads by result. The fields are documented at `WatchFigures` in watch-binding.ts. */
struct WatchFigures {
  std::uint64_t answered = 0;
  std::uint64_t missing = 0;
  std::uint64_t leftover = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;
  std::array<std::uint32_t, kLatenessBoundsNs.size() + 1> lateness{};
  double lateness_sum_ns = 0;

  std::uint64_t Reads() const { return answered + missing + leftover + failed; }

  void Late(std::int64_t late_ns, std::size_t reads) {
    std::size_t bucket = 0;
    while (bucket < kLatenessBoundsNs.size() && late_ns > kLatenessBoundsNs[bucket]) ++bucket;
    lateness[bucket] += static_cast<std::uint32_t>(reads);
    lateness_sum_ns += static_cast<double>(late_ns) * static_cast<double>(reads);
  }
};

/** Changed messages and figures since the last batch. `WatchBatch` in watch-binding.ts. */
struct WatchBatch {
  /** A message without bytes: its watch is lost. */
  PackedMessages changed;
  /** For each message, the number of its watch. */
  std::vector<std::uint32_t> watches;
  /** For each message, its time of receipt and that of the good answer before it, or 0;
   * CLOCK_REALTIME. */
  std::vector<std::uint64_t> times_ns;
  WatchFigures figures;
  std::optional<Failure> failure;

  /** True when there is more to report than figures. */
  bool Any() const { return !watches.empty() || failure; }
  std::size_t Weight() const { return changed.data.size() + watches.size() * 28; }

  /** Removes the contents and keeps the memory. */
  void Clear() {
    changed.Clear();
    watches.clear();
    times_ns.clear();
    figures = {};
    failure.reset();
  }
};

}  // namespace netlink
