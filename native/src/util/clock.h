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

/** CLOCK_MONOTONIC in nanoseconds: what beats and durations are measured with. */
inline std::int64_t MonotonicNs() { return ReadClockNs(CLOCK_MONOTONIC); }

/** CLOCK_REALTIME in nanoseconds: what records are stamped with. */
inline std::int64_t RealtimeNs() { return ReadClockNs(CLOCK_REALTIME); }

/** CLOCK_THREAD_CPUTIME_ID in nanoseconds: what the calling thread has used of a core. */
inline std::int64_t ThreadCpuNs() { return ReadClockNs(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace netlink
