#include "../../src/table/table.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "../check.h"
#include "../messages.h"

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

TEST("replaces an entry's bytes by any length") {
  Table table;
  Entry& entry = table.Insert(1, Buffer(100, 1));
  const auto* before = entry.bytes().data();
  table.Assign(entry, Buffer(98, 2));
  CHECK(entry.bytes().data() == before);
  CHECK(std::ranges::equal(entry.bytes(), Buffer(98, 2)));
  for (const std::size_t length : {1u, 16u, 17u, 4096u, 4097u, 100'000u, 5000u, 3u}) {
    table.Assign(entry, Buffer(length, 3));
    CHECK(std::ranges::equal(entry.bytes(), Buffer(length, 3)));
  }
}

TEST("sweeps entries that the scan did not stamp") {
  Table table;
  for (std::uint64_t key = 0; key < 1000; ++key)
    table.Insert(key, Text("x")).Stamp(key % 3 == 0 ? 2 : 1);
  std::vector<std::uint64_t> gone;
  table.Sweep(2, 0, gone);
  CHECK_EQ(gone.size(), 666u);
  CHECK_EQ(table.size(), 334u);
  for (std::uint64_t key = 0; key < 1000; ++key)
    CHECK((table.Find(key) != nullptr) == (key % 3 == 0));
  gone.clear();
  table.Sweep(3, 0, gone);
  CHECK_EQ(gone.size(), 334u);
  CHECK_EQ(table.size(), 0u);
  CHECK(table.Find(0) == nullptr);
}

TEST("sweeps only entries missing from one scan more than grace") {
  Table table;
  table.Insert(1, Text("x")).Stamp(1);
  std::vector<std::uint64_t> gone;
  for (std::uint64_t scan = 2; scan <= 3; ++scan) table.Sweep(scan, 2, gone);
  // Seen again: the count restarts.
  table.Find(1)->Stamp(4);
  for (std::uint64_t scan = 4; scan <= 6; ++scan) table.Sweep(scan, 2, gone);
  CHECK(gone.empty());
  table.Sweep(7, 2, gone);
  CHECK(gone == std::vector<std::uint64_t>{1});
  CHECK_EQ(table.size(), 0u);
}

TEST("a reinserted key does not count as missing") {
  Table table;
  table.Insert(1, Text("x")).Stamp(1);
  std::vector<std::uint64_t> gone;
  table.Sweep(2, 1, gone);
  table.Erase(1);
  table.Insert(1, Text("y")).Stamp(3);
  table.Sweep(4, 1, gone);
  CHECK(gone.empty());
  table.Sweep(5, 1, gone);
  CHECK_EQ(gone.size(), 1u);
}

TEST("shrinks after a burst without losing entries") {
  Table table;
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    table.Insert(key, BytesOf(key)).Stamp(key % 100 == 0 ? 2 : 1);
  }
  std::vector<std::uint64_t> gone;
  table.Sweep(2, 0, gone);
  table.Shrink();
  CHECK_EQ(table.size(), 100u);
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const Entry* entry = table.Find(key);
    CHECK((entry != nullptr) == (key % 100 == 0));
    if (entry == nullptr) continue;
    CHECK(std::ranges::equal(entry->bytes(), BytesOf(key)));
    CHECK_EQ(entry->stamp(), 2u);
  }
  for (std::uint64_t key = 0; key < 10'000; key += 100) table.Erase(key);
  table.Shrink();
  CHECK(table.Find(0) == nullptr);
  table.Insert(0, Text("x"));
  CHECK_EQ(table.size(), 1u);
}

TEST("returns the memory of a burst") {
  Table table;
  for (std::uint64_t key = 0; key < 50'000; ++key) table.Insert(key, Buffer(500)).Stamp(1);
  const std::size_t most = table.held();
  CHECK(most >= 50'000 * 500);
  for (std::uint64_t key = 0; key < 50'000; key += 500) table.Find(key)->Stamp(2);
  std::vector<std::uint64_t> gone;
  table.Sweep(2, 0, gone);
  table.Shrink();
  CHECK_EQ(table.size(), 100u);
  CHECK(table.held() < most / 100);
}

TEST("follows a walk in any order, with new, missing and repeated keys") {
  std::mt19937_64 random(8);
  Table table;
  std::map<std::uint64_t, Buffer> model;
  std::vector<std::uint64_t> order;
  for (std::uint64_t scan = 1; scan <= 300; ++scan) {
    if (random() % 20 == 0) std::ranges::shuffle(order, random);
    for (std::size_t i = random() % 4; i > 0 && !order.empty(); --i) {
      const std::size_t at = random() % order.size();
      if (model.erase(order[at]) > 0) table.Erase(order[at]);
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (std::size_t i = random() % 5; i > 0; --i) {
      const std::size_t at = random() % (order.size() + 1);
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), random() % 500);
    }
    table.BeginWalk();
    for (const std::uint64_t key : order) {
      const Buffer bytes(1 + random() % 100, static_cast<std::uint8_t>(random()));
      Entry* entry = table.Follow(key);
      CHECK((entry != nullptr) == model.contains(key));
      if (entry == nullptr) {
        table.Insert(key, bytes);
      } else {
        CHECK(std::ranges::equal(entry->bytes(), model.at(key)));
        table.Assign(*entry, bytes);
      }
      model[key] = bytes;
    }
    if (random() % 10 == 0) table.Shrink();
    CHECK_EQ(table.size(), model.size());
  }
}

/** Returns a key that likely collides with others: consecutive, with equal high bits, or random. */
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

TEST("behaves like a map") {
  std::mt19937_64 random(3);
  Table table;
  std::map<std::uint64_t, std::pair<std::uint64_t, Buffer>> model;
  for (std::uint64_t scan = 1; scan <= 300; ++scan) {
    for (std::size_t i = random() % 400; i > 0; --i) {
      const std::uint64_t key = SomeKey(random);
      const Buffer bytes(1 + random() % 200, static_cast<std::uint8_t>(random()));
      if (Entry* entry = table.Find(key)) {
        CHECK(std::ranges::equal(entry->bytes(), model.at(key).second));
        table.Assign(*entry, bytes);
        entry->Stamp(scan);
      } else {
        CHECK(!model.contains(key));
        table.Insert(key, bytes).Stamp(scan);
      }
      model[key] = {scan, bytes};
    }
    if (scan % 2 == 0) continue;
    std::vector<std::uint64_t> gone;
    table.Sweep(scan, 0, gone);
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

/** Model of a table with grace, using a map. */
class Model {
 public:
  void See(std::uint64_t key) { absences_[key] = 0; }
  bool Has(std::uint64_t key) const { return absences_.contains(key); }
  void Erase(std::uint64_t key) { absences_.erase(key); }
  std::size_t size() const { return absences_.size(); }
  auto begin() const { return absences_.begin(); }
  auto end() const { return absences_.end(); }

  /** Ends a complete scan that saw these keys. Returns the gone keys. */
  std::vector<std::uint64_t> Sweep(const std::set<std::uint64_t>& seen, unsigned grace) {
    std::vector<std::uint64_t> gone;
    for (auto& [key, absences] : absences_) {
      if (!seen.contains(key) && ++absences > grace) gone.push_back(key);
    }
    for (const std::uint64_t key : gone) absences_.erase(key);
    return gone;
  }

 private:
  std::map<std::uint64_t, unsigned> absences_;
};

TEST("with grace, ends and failed scans behaves like a map") {
  std::mt19937_64 random(4);
  for (unsigned grace = 0; grace < 4; ++grace) {
    Table table;
    Model model;
    for (std::uint64_t scan = 1; scan <= 200; ++scan) {
      std::set<std::uint64_t> seen;
      for (std::size_t i = random() % 200; i > 0; --i) {
        const std::uint64_t key = SomeKey(random);
        Entry* entry = table.Find(key);
        CHECK((entry != nullptr) == model.Has(key));
        if (entry == nullptr) entry = &table.Insert(key, BytesOf(key));
        entry->Stamp(scan);
        model.See(key);
        seen.insert(key);
      }
      for (std::size_t i = random() % 20; i > 0; --i) {
        const std::uint64_t key = SomeKey(random);
        CHECK((table.Find(key) != nullptr) == model.Has(key));
        if (!model.Has(key)) continue;
        table.Erase(key);
        model.Erase(key);
      }
      if (random() % 4 == 0) continue;
      std::vector<std::uint64_t> gone;
      table.Sweep(scan, grace, gone);
      std::ranges::sort(gone);
      CHECK(gone == model.Sweep(seen, grace));
      if (random() % 3 == 0) table.Shrink();
      CHECK_EQ(table.size(), model.size());
      for (const auto& [key, absences] : model) {
        CHECK(std::ranges::equal(table.Find(key)->bytes(), BytesOf(key)));
      }
    }
  }
}

}  // namespace
}  // namespace netlink::test
