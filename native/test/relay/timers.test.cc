#include "../../src/relay/timers.h"

#include <map>
#include <random>

#include "../check.h"

namespace netlink::test {
namespace {

using relay::kNever;
using relay::Timers;

TEST("relay timers: none is never due") {
  Timers timers;
  CHECK_EQ(timers.next(), kNever);
  timers.Set(7, kNever);
  CHECK_EQ(timers.next(), kNever);
}

TEST("relay timers: like a sorted list of deadlines, whatever is set, moved and removed") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    Timers timers;
    std::map<std::uint32_t, std::int64_t> model;
    const std::uint32_t owners = 1 + random() % 60;
    for (int step = 0; step < 400; ++step) {
      const std::uint32_t owner = random() % owners;
      if (random() % 4 == 0) {
        timers.Set(owner, kNever);
        model.erase(owner);
      } else {
        const std::int64_t deadline = random() % 100;
        timers.Set(owner, deadline);
        model[owner] = deadline;
      }
      std::int64_t earliest = kNever;
      for (const auto& [each, deadline] : model) earliest = std::min(earliest, deadline);
      CHECK_EQ(timers.next(), earliest);
      CHECK_EQ(timers.size(), model.size());
      if (!model.empty()) CHECK_EQ(model.at(timers.first()), earliest);
    }
    std::int64_t last = 0;
    while (timers.size() > 0) {
      CHECK(timers.next() >= last);
      last = timers.next();
      timers.Set(timers.first(), kNever);
    }
  }
}

}  // namespace
}  // namespace netlink::test
