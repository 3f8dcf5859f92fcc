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

/** Nanoseconds since 1970. Unsigned they last until 2554, signed until 2262; the kernel has no time
 * before 1970. */
constexpr std::uint64_t SinceEpochNs(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * static_cast<std::uint64_t>(kNsPerSecond) +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/** CLOCK_REALTIME in nanoseconds: what records are stamped with. */
inline std::uint64_t RealtimeNs() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return SinceEpochNs(now);
}

/** CLOCK_THREAD_CPUTIME_ID in nanoseconds: what the calling thread has used of a core. */
inline std::int64_t ThreadCpuNs() { return ReadClockNs(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace netlink
