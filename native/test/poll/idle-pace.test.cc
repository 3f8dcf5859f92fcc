#include "../../src/poll/idle-pace.h"

#include <algorithm>
#include <vector>

#include "../check.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kInterval = 10;
constexpr std::int64_t kIdle = 1000;

TEST("idle pace: a source without a key slows down, with its own phase") {
  IdlePace pace(1, kInterval, kIdle);
  Beat beat(0, kInterval);
  pace.Scanned(0, 0, 5, beat);
  CHECK(pace.idle());
  CHECK_EQ(beat.deadline(), 5 + PhaseOf(1, kIdle));
  CHECK(beat.deadline() >= 5 + kInterval && beat.deadline() < 5 + kIdle);
  beat.Arrive(beat.deadline());
  beat.Finish(beat.deadline() + 1, pace.interval(), false);
  CHECK_EQ(beat.deadline(), 5 + PhaseOf(1, kIdle) + kIdle);
  // The source is slow already: its deadlines do not move.
  const std::int64_t deadline = beat.deadline();
  pace.Scanned(0, deadline - kIdle, deadline - kIdle + 1, beat);
  CHECK_EQ(beat.deadline(), deadline);
}

TEST("idle pace: a key restores the normal beat at once") {
  IdlePace pace(1, kInterval, kIdle);
  Beat beat(0, kInterval);
  pace.Scanned(0, 0, 5, beat);
  pace.Scanned(1, 700, 705, beat);
  CHECK(!pace.idle());
  CHECK_EQ(beat.deadline(), 705);
  beat.Arrive(705);
  beat.Finish(706, pace.interval(), false);
  CHECK_EQ(beat.deadline(), 705 + kInterval);
}

TEST("idle pace: a destroy event restores the normal beat, without extra scans") {
  IdlePace pace(1, kInterval, kIdle);
  Beat beat(0, kInterval);
  pace.Scanned(0, 0, 5, beat);
  pace.Heard(500, beat);
  CHECK_EQ(beat.deadline(), 500);
  pace.Scanned(0, 500, 501, beat);
  CHECK(pace.idle());
  // The next destroy event comes just after a scan.
  pace.Heard(502, beat);
  CHECK_EQ(beat.deadline(), 500 + kInterval);
}

TEST("idle pace: a source without an idle interval keeps its beat") {
  IdlePace pace(1, kInterval, 0);
  Beat beat(0, kInterval);
  pace.Scanned(0, 0, 5, beat);
  pace.Heard(6, beat);
  CHECK(!pace.idle());
  CHECK_EQ(beat.deadline(), 0);
}

TEST("idle pace: phases are spread evenly, and the first is 0") {
  CHECK_EQ(PhaseOf(0, kIdle), 0);
  std::vector<std::int64_t> phases;
  constexpr std::size_t kSources = 100;
  for (std::size_t source = 0; source < kSources; ++source) {
    phases.push_back(PhaseOf(source, 100'000));
  }
  std::ranges::sort(phases);
  phases.push_back(100'000);
  for (std::size_t i = 0; i < kSources; ++i) {
    const std::int64_t gap = phases[i + 1] - phases[i];
    CHECK(gap > 0 && gap <= 2 * 100'000 / static_cast<std::int64_t>(kSources));
  }
}

TEST("beat: keeps its counts when it is moved") {
  Beat beat(0, kInterval);
  beat.Hold();
  beat.Arrive(35);
  beat.Move(100, kIdle);
  CHECK_EQ(beat.deadline(), 100);
  CHECK_EQ(beat.TakeHeld(), 1u);
  CHECK_EQ(beat.TakeMissed(), 2u);
  beat.Finish(101, kIdle, false);
  CHECK_EQ(beat.deadline(), 100 + kIdle);
}

}  // namespace
}  // namespace netlink::test
