#include "../../src/poll/beat.h"

#include <random>

#include "../check.h"

namespace netlink::test {
namespace {

TEST("a beat stays on its grid") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1003), 3);
  beat.Finish(1008, 10, false);
  CHECK_EQ(beat.deadline(), 1010);
  CHECK_EQ(beat.TakeMissed(), 0u);
}

TEST("a scan that takes longer than the beat postpones later scans, by no more than necessary") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1000), 0);
  beat.Finish(1013, 10, false);
  CHECK_EQ(beat.deadline(), 1013);
  CHECK_EQ(beat.TakeMissed(), 0u);
  CHECK_EQ(beat.Arrive(1013), 0);
  beat.Finish(1020, 10, false);
  CHECK_EQ(beat.deadline(), 1023);
}

TEST("beats during a scan are counted as missed") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1000), 0);
  beat.Finish(1030, 10, false);
  CHECK_EQ(beat.deadline(), 1030);
  CHECK_EQ(beat.TakeMissed(), 2u);
  CHECK_EQ(beat.TakeMissed(), 0u);
}

TEST("of several overdue beats the latest is scanned") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1035), 5);
  CHECK_EQ(beat.TakeMissed(), 3u);
  beat.Finish(1036, 10, false);
  CHECK_EQ(beat.deadline(), 1040);
}

TEST("held and slowed beats are counted separately") {
  Beat beat(1000, 10);
  beat.Arrive(1000);
  beat.Hold();
  beat.Arrive(1021);
  beat.Hold();
  CHECK_EQ(beat.deadline(), 1030);
  beat.Slow();
  CHECK_EQ(beat.TakeHeld(), 2u);
  CHECK_EQ(beat.TakeSlowed(), 1u);
  CHECK_EQ(beat.TakeMissed(), 1u);
}

TEST("beats between stretched deadlines are counted by the reason for the stretch") {
  Beat beat(1000, 10);
  beat.Arrive(1000);
  beat.Finish(1001, 35, true);
  CHECK_EQ(beat.deadline(), 1035);
  CHECK_EQ(beat.TakeLimited(), 2u);
  beat.Finish(1036, 35, false);
  CHECK_EQ(beat.deadline(), 1070);
  CHECK_EQ(beat.TakeLimited(), 0u);
  CHECK_EQ(beat.TakeMissed(), 3u);
  beat.Hold();
  CHECK_EQ(beat.TakeHeld(), 3u);
}

TEST("every beat of the grid is scanned or counted, and no scan is early") {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    Beat beat(1000, 10);
    std::uint64_t told = 0;
    std::int64_t apart = 10;
    for (int i = 0; i < 100; ++i) {
      const std::int64_t now = beat.deadline() + static_cast<std::int64_t>(random() % 30);
      beat.Arrive(now);
      const std::int64_t before = beat.deadline();
      CHECK(now >= before && now < before + apart);
      const unsigned what = random() % 4;
      if (what == 0) {
        beat.Hold();
      } else if (what == 1) {
        beat.Slow();
      } else {
        apart = 10 + static_cast<std::int64_t>(random() % 20);
        const std::int64_t end = now + static_cast<std::int64_t>(random() % 25);
        beat.Finish(end, apart, random() % 2 == 0);
        ++told;
        CHECK(beat.deadline() == std::max(before + apart, end));
      }
      CHECK(beat.deadline() >= before + apart);
    }
    told += beat.TakeMissed() + beat.TakeHeld() + beat.TakeSlowed() + beat.TakeLimited();
    CHECK_EQ(told, static_cast<std::uint64_t>((beat.deadline() - 1000) / 10));
  }
}

}  // namespace
}  // namespace netlink::test
