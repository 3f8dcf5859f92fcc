#include "../src/table.h"

#include <algorithm>
#include <map>
#include <random>

#include "check.h"
#include "messages.h"

namespace netlink::test {
namespace {

TEST("finds what was inserted") {
  Table table;
  CHECK(table.Find(0) == nullptr);
  table.Insert(0, Text("zero"));
  table.Insert(~0ull, Text("last"));
  CHECK_EQ(table.size(), 2u);
  CHECK(std::ranges::equal(table.Find(0)->bytes(), Text("zero")));
  CHECK(std::ranges::equal(table.Find(~0ull)->bytes(), Text("last")));
  CHECK(table.Find(1) == nullptr);
}

TEST("keeps an entry's buffer while new bytes fit") {
  Table table;
  Entry& entry = table.Insert(1, Buffer(100, 1));
  const auto* before = entry.bytes().data();
  entry.Assign(Buffer(90, 2));
  CHECK(entry.bytes().data() == before);
  CHECK(std::ranges::equal(entry.bytes(), Buffer(90, 2)));
  entry.Assign(Buffer(1000, 3));
  CHECK(std::ranges::equal(entry.bytes(), Buffer(1000, 3)));
}

TEST("sweeps what the scan did not stamp") {
  Table table;
  for (std::uint64_t key = 0; key < 1000; ++key)
    table.Insert(key, Text("x")).Stamp(key % 3 == 0 ? 2 : 1);
  std::vector<std::uint64_t> gone;
  table.Sweep(2, gone);
  CHECK_EQ(gone.size(), 666u);
  CHECK_EQ(table.size(), 334u);
  for (std::uint64_t key = 0; key < 1000; ++key)
    CHECK((table.Find(key) != nullptr) == (key % 3 == 0));
  gone.clear();
  table.Sweep(3, gone);
  CHECK_EQ(gone.size(), 334u);
  CHECK_EQ(table.size(), 0u);
  CHECK(table.Find(0) == nullptr);
}

/** Keys that crowd together: consecutive, with equal high bits, or anywhere. */
std::uint64_t SomeKey(std::mt19937_64& random) {
  switch (random() % 3) {
    case 0:
      return random() % 300;
    case 1:
      return (random() % 300) << 56;
    default:
      return random();
  }
}

TEST("does what a map does") {
  std::mt19937_64 random(3);
  Table table;
  std::map<std::uint64_t, std::pair<std::uint64_t, Buffer>> model;
  for (std::uint64_t scan = 1; scan <= 300; ++scan) {
    for (std::size_t i = random() % 400; i > 0; --i) {
      const std::uint64_t key = SomeKey(random);
      const Buffer bytes(1 + random() % 200, static_cast<std::uint8_t>(random()));
      if (Entry* entry = table.Find(key)) {
        CHECK(std::ranges::equal(entry->bytes(), model.at(key).second));
        entry->Assign(bytes);
        entry->Stamp(scan);
      } else {
        CHECK(!model.contains(key));
        table.Insert(key, bytes).Stamp(scan);
      }
      model[key] = {scan, bytes};
    }
    if (scan % 2 == 0) continue;
    std::vector<std::uint64_t> gone;
    table.Sweep(scan, gone);
    std::vector<std::uint64_t> expected;
    for (const auto& [key, value] : model) {
      if (value.first != scan) expected.push_back(key);
    }
    std::ranges::sort(gone);
    CHECK(gone == expected);
    for (const std::uint64_t key : expected) model.erase(key);
    CHECK_EQ(table.size(), model.size());
    for (const auto& [key, value] : model) {
      CHECK(table.Find(key) != nullptr &&
            std::ranges::equal(table.Find(key)->bytes(), value.second));
    }
  }
}

}  // namespace
}  // namespace netlink::test
