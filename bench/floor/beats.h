#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace bench {

/** Figures of work on a beat. */
struct BeatReport {
  double seconds = 0;
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t missed = 0;
  /** Durations of the work at each beat, in nanoseconds. */
  std::vector<std::int64_t> durations;
  std::vector<std::int64_t> lateness;
};

/**
 * Does `work` at absolute deadlines on the monotonic clock until SIGTERM or SIGINT comes, or until
 * it returns false. SIGUSR1 resets the figures. CPU time is that of this process and of its ended
 * children.
 */
BeatReport RunBeats(std::int64_t interval_ns, const std::function<bool()>& work);

/** Prints the figures as one line of JSON. `more` are further members, each after a comma. */
void PrintReport(BeatReport report, const char* more);

}  // namespace bench
