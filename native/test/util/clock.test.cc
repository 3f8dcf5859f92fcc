#include "../../src/util/clock.h"

#include "../check.h"

namespace netlink::test {
namespace {

TEST("clock: times are right beyond 2262") {
  CHECK_EQ(SinceEpochNs({9'223'372'036, 854'775'808}), 9'223'372'036'854'775'808u);
  CHECK_EQ(SinceEpochNs({18'446'744'072, 999'999'999}), 18'446'744'072'999'999'999u);
  CHECK_EQ(SinceEpochNs({0, 1}), 1u);
}

}  // namespace
}  // namespace netlink::test
