#include "../src/beat.h"

#include "check.h"

namespace netlink::test {
namespace {

TEST("a beat stays on its grid") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1003), 3);
  beat.Finish(1008);
  CHECK_EQ(beat.deadline(), 1010);
  CHECK_EQ(beat.TakeMissed(), 0u);
}

TEST("a beat that passes during a scan is missed") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1000), 0);
  beat.Finish(1030);
  CHECK_EQ(beat.deadline(), 1040);
  CHECK_EQ(beat.TakeMissed(), 3u);
  CHECK_EQ(beat.TakeMissed(), 0u);
}

TEST("of beats that pass while the thread is away the latest is scanned") {
  Beat beat(1000, 10);
  CHECK_EQ(beat.Arrive(1035), 5);
  CHECK_EQ(beat.TakeMissed(), 3u);
  beat.Finish(1036);
  CHECK_EQ(beat.deadline(), 1040);
}

TEST("held beats are counted apart") {
  Beat beat(1000, 10);
  beat.Arrive(1000);
  beat.Hold();
  beat.Arrive(1021);
  beat.Hold();
  CHECK_EQ(beat.deadline(), 1030);
  CHECK_EQ(beat.TakeHeld(), 2u);
  CHECK_EQ(beat.TakeMissed(), 1u);
}

}  // namespace
}  // namespace netlink::test
