#include <set>
#include <vector>

#include "../../src/relay/buffer-pool.h"
#include "../../src/relay/connections.h"
#include "../../src/relay/dump-meter.h"
#include "../../src/relay/event-queue.h"
#include "../check.h"

/* The small parts of a relay. */

namespace netlink::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST("relay connections: ids are never used again, and name their slot") {
  relay::Connections connections;
  std::set<std::uint64_t> ids;
  std::vector<std::uint64_t> open;
  for (int i = 0; i < 2000; ++i) {
    relay::Connection* const created = connections.Create();
    CHECK(created != nullptr);
    CHECK(ids.insert(created->id).second);
    open.push_back(created->id);
    CHECK(connections.Find(created->id) == created);
    if (i % 3 == 0) {
      const std::uint64_t ended = open[open.size() / 2];
      if (relay::Connection* const found = connections.Find(ended)) connections.Remove(*found);
      CHECK(connections.Find(ended) == nullptr);
    }
  }
  CHECK(connections.Find(0) == nullptr);
  CHECK(connections.Find(~std::uint64_t{0}) == nullptr);
  // 10,000 idle connections must cost less than 10 KiB each.
  CHECK(sizeof(relay::Connection) < 1024);
}

TEST("relay connections: rows are those of connections that have not ended") {
  relay::Connections connections;
  relay::Connection* const first = connections.Create();
  relay::Connection* const second = connections.Create();
  first->live.Begin(first->id, 1, kSecond);
  second->live.Begin(second->id, 2, kSecond);
  second->live.bytes.client_received.Add(10);
  second->live.bytes.backend_sent.Add(4);
  connections.Remove(*first);
  std::vector<double> rows;
  connections.AppendRows(rows);
  CHECK_EQ(rows.size(), relay::kRowColumns);
  CHECK_EQ(rows[1], 2.0);
  CHECK_EQ(rows[4], 10.0);
  CHECK_EQ(rows[5], 4.0);
  CHECK_EQ(rows[8], 1e6);
  CHECK_EQ(rows[10], 6.0);
}

TEST("relay buffers: spare ones are limited") {
  relay::BufferPool pool;
  std::vector<std::unique_ptr<relay::Buffer>> taken;
  for (int i = 0; i < 100; ++i) taken.push_back(pool.Take());
  CHECK_EQ(pool.used(), 100u);
  for (auto& buffer : taken) pool.Give(std::move(buffer));
  CHECK_EQ(pool.used(), 0u);
  CHECK(pool.bytes() <= 16 * relay::kBufferBytes);
}

TEST("relay dumps: a rate with a burst of one second") {
  relay::DumpMeter meter(1000);
  CHECK_EQ(meter.Take(600, kSecond), 600u);
  CHECK_EQ(meter.Take(600, kSecond), 400u);
  CHECK_EQ(meter.Take(600, kSecond), 0u);
  CHECK_EQ(meter.Take(600, kSecond + kSecond / 2), 500u);
  CHECK_EQ(meter.Take(5000, 100 * kSecond), 1000u);
}

TEST("relay events: JavaScript is woken once for all that it has not taken") {
  int wakes = 0;
  relay::EventQueue queue([&] { ++wakes; }, 100);
  queue.Publish();
  CHECK_EQ(wakes, 0);
  queue.Add(relay::EventKind::kStopped, relay::ListenerEvent{});
  queue.Publish();
  queue.Add(relay::EventKind::kStopped, relay::ListenerEvent{});
  queue.Publish();
  CHECK_EQ(wakes, 1);
  relay::EventBatch batch;
  CHECK(queue.Take(batch));
  CHECK_EQ(batch.count, 2u);
  CHECK_EQ(batch.data.size(), 2 * sizeof(relay::ListenerEvent));
  batch.Clear();
  CHECK(!queue.Take(batch));
}

TEST("relay events: dumps wait up to a limit, and records stay aligned") {
  relay::EventQueue queue([] {}, 100);
  const std::vector<std::uint8_t> bytes(61, 7);
  CHECK(queue.HasDumpRoom(61));
  queue.AddDump(relay::DumpEvent{}, bytes);
  CHECK(!queue.HasDumpRoom(61));
  queue.Publish();
  CHECK(!queue.HasDumpRoom(61));
  relay::EventBatch batch;
  CHECK(queue.Take(batch));
  CHECK_EQ(batch.data.size(), sizeof(relay::DumpEvent) + 64);
  CHECK(queue.HasDumpRoom(61));
}

}  // namespace
}  // namespace netlink::test
