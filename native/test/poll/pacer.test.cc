#include "../../src/poll/pacer.h"

#include <algorithm>
#include <cmath>

#include "../check.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kBeat = 10 * kMs;

/** Reports scans of one duration. Returns the stretch. */
double After(Pacer& pacer, int scans, std::int64_t duration_ns, std::int64_t cpu_ns = 0) {
  for (int i = 0; i < scans; ++i) pacer.Scanned(0, kBeat, duration_ns, cpu_ns);
  return pacer.stretch();
}

bool Near(double a, double b) { return std::abs(a - b) < 0.02 * b; }

TEST("pacer: does not stretch scans that fit the beat") {
  Pacer pacer(0);
  CHECK_EQ(After(pacer, 1000, 9 * kMs, 9 * kMs), 1.0);
  CHECK_EQ(pacer.Stretched(kBeat), kBeat);
}

TEST("pacer: stretches the interval as far as the scans need") {
  Pacer pacer(0);
  CHECK(Near(After(pacer, 100, 19 * kMs), 2.0));
  CHECK(!pacer.limited());
}

TEST("pacer: a slow first scan or a single slow scan does not stretch the interval") {
  Pacer pacer(0);
  CHECK_EQ(After(pacer, 1, 500 * kMs), 1.0);
  CHECK_EQ(After(pacer, 50, 5 * kMs), 1.0);
  CHECK_EQ(After(pacer, 1, 500 * kMs), 1.0);
  CHECK_EQ(After(pacer, 50, 5 * kMs), 1.0);
}

TEST("pacer: stretches in small steps") {
  Pacer pacer(0);
  After(pacer, 10, kMs);
  double before = 1;
  for (int i = 0; i < 100; ++i) {
    const double now = After(pacer, 1, 38 * kMs);
    CHECK(now >= before && now - before <= 1);
    before = now;
  }
}

TEST("pacer: returns to the beat when scans fit again") {
  Pacer pacer(0);
  After(pacer, 200, 40 * kMs);
  double before = pacer.stretch();
  for (int i = 0; i < 200; ++i) {
    const double now = After(pacer, 1, 5 * kMs);
    // The stretch may still have grown by a tiny amount.
    CHECK(now < before + 0.001 && before - now <= 0.1 * before);
    before = now;
  }
  CHECK_EQ(before, 1.0);
}

TEST("pacer: small fluctuations do not change the stretch") {
  Pacer pacer(0);
  After(pacer, 200, 19 * kMs);
  const double settled = pacer.stretch();
  for (int i = 0; i < 100; ++i) {
    pacer.Scanned(0, kBeat, (i % 2 == 0 ? 19 : 18) * kMs, 0);
    CHECK(std::abs(pacer.stretch() - settled) < 0.001);
  }
}

TEST("pacer: a budget limits the CPU time") {
  Pacer pacer(0.2);
  CHECK(Near(After(pacer, 200, 9 * kMs, 8 * kMs), 4.0));
  CHECK(pacer.limited());
  CHECK_EQ(After(pacer, 300, 9 * kMs, kMs), 1.0);
}

TEST("pacer: the tighter limit decides") {
  Pacer pacer(0.5);
  CHECK(Near(After(pacer, 200, 38 * kMs, 5 * kMs), 4.0));
  CHECK(!pacer.limited());
}

TEST("pacer: all sources count") {
  Pacer pacer(0.1);
  for (int i = 0; i < 200; ++i) {
    pacer.Scanned(0, kBeat, kMs, kMs);
    pacer.Scanned(2, 2 * kBeat, 2 * kMs, 2 * kMs);
  }
  CHECK(Near(pacer.stretch(), 2.0));
  pacer.Forget(2);
  pacer.Forget(7);
  CHECK_EQ(After(pacer, 200, kMs, kMs / 2), 1.0);
}

TEST("pacer: the stretch is limited, and a stopped clock does no harm") {
  Pacer pacer(0.0001);
  CHECK(After(pacer, 1000, 3600 * 1000 * kMs, 3600 * 1000 * kMs) <= 1000.0);
  Pacer still(0.5);
  CHECK_EQ(After(still, 10, 0, 0), 1.0);
}

}  // namespace
}  // namespace netlink::test
