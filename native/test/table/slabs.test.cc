#include "../../src/table/slabs.h"

#include <cstring>
#include <random>

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

TEST("slabs: slots do not overlap, are aligned, and are reused") {
  Slabs slabs;
  std::uint8_t* const first = slabs.Take(500);
  std::uint8_t* const second = slabs.Take(500);
  CHECK(second - first >= 500 || first - second >= 500);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(first) % 16, 0u);
  CHECK_EQ(slabs.used(), 1024u);
  slabs.Free(first, 500);
  CHECK_EQ(slabs.used(), 512u);
  CHECK_EQ(slabs.held(), 1024u);
  // A slot of another size.
  CHECK(slabs.Take(400) != first);
  CHECK(slabs.Take(512) == first);
}

TEST("slabs: long slots return to the system at once") {
  Slabs slabs;
  std::uint8_t* const slot = slabs.Take(100'000);
  std::memset(slot, 1, 100'000);
  CHECK(slabs.held() >= 100'000);
  slabs.Free(slot, 100'000);
  CHECK_EQ(slabs.held(), 0u);
  CHECK_EQ(slabs.used(), 0u);
}

TEST("slabs: slots never share bytes") {
  std::mt19937 random(6);
  Slabs slabs;
  struct Slot {
    std::uint8_t* at;
    std::size_t length;
    std::uint8_t value;
  };
  std::vector<Slot> slots;
  for (int round = 0; round < 20'000; ++round) {
    if (!slots.empty() && random() % 3 == 0) {
      std::swap(slots[random() % slots.size()], slots.back());
      const Slot slot = slots.back();
      for (std::size_t i = 0; i < slot.length; ++i) CHECK(slot.at[i] == slot.value);
      slabs.Free(slot.at, slot.length);
      slots.pop_back();
      continue;
    }
    const std::size_t length = 1 + random() % (random() % 50 == 0 ? 8000 : 600);
    const Slot slot{slabs.Take(length), length, static_cast<std::uint8_t>(random())};
    std::memset(slot.at, slot.value, length);
    slots.push_back(slot);
  }
  std::size_t used = 0;
  for (const Slot& slot : slots) used += Slabs::SlotSize(slot.length);
  CHECK_EQ(slabs.used(), used);
  CHECK(slabs.held() >= used);
}

}  // namespace
}  // namespace netlink::test
