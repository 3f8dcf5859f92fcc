#pragma once

#include <time.h>

#include <cstdint>

namespace netlink {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

inline std::int64_t ReadClockNs(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

/** Returns CLOCK_MONOTONIC in nanoseconds: the clock of beats and durations. */
inline std::int64_t MonotonicNs() { return ReadClockNs(CLOCK_MONOTONIC); }

/** Returns nanoseconds since 1970. An unsigned value lasts until 2554, a signed one only until
 * 2262; the kernel has no time before 1970. */
constexpr std::uint64_t SinceEpochNs(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * static_cast<std::uint64_t>(kNsPerSecond) +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/** Returns CLOCK_REALTIME in nanoseconds: the clock of records. */
inline std::uint64_t RealtimeNs() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return SinceEpochNs(now);
}

/** Returns CLOCK_THREAD_CPUTIME_ID in nanoseconds: the CPU time of the calling thread. */
inline std::int64_t ThreadCpuNs() { return ReadClockNs(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace netlink
