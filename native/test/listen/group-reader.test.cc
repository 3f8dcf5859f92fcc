#include "../../src/listen/group-reader.h"

#include <cerrno>
#include <string>

#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-events.h"
#include "multicast.h"

namespace netlink::test {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20;

TEST("group reader: reads all queued messages in order, with the time of each receive") {
  Multicast group;
  GroupReader reader(Multicast::Open(kLarge), false);
  group.Send(150);
  MessageBatch batch;
  const std::uint64_t before = RealtimeNs();
  CHECK(reader.Read(batch, kLarge));
  const std::vector<std::uint64_t> keys = KeysIn(batch);
  CHECK_EQ(keys.size(), 150u);
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK_EQ(keys[i], i + 1);
  // A receive takes at most 64 datagrams.
  CHECK(batch.receive_ends == std::vector<std::uint32_t>({64, 128, 150}));
  CHECK_EQ(batch.received_ns.size(), 3u);
  CHECK(batch.received_ns[0] >= before && batch.received_ns[2] >= batch.received_ns[0]);
  CHECK_EQ(batch.lost + batch.overruns + batch.broken + batch.unrelated, 0u);
  CHECK(batch.nsids.empty());
  CHECK(batch.Weight() > batch.messages.data.size());
  batch.Clear();
  CHECK(reader.Read(batch, kLarge));
  CHECK(!batch.Any());
}

TEST("group reader: stops at the size of a batch, and goes on in the next") {
  Multicast group;
  GroupReader reader(Multicast::Open(kLarge), false);
  group.Send(100);
  MessageBatch first;
  CHECK(!reader.Read(first, 1));
  CHECK_EQ(first.count(), 64u);
  MessageBatch second;
  CHECK(reader.Read(second, 1));
  CHECK_EQ(second.count(), 36u);
}

TEST("group reader: counts exactly what an overrun lost, behind the messages before it") {
  Multicast group;
  GroupReader reader(Multicast::Open(Multicast::kSmallBuffer), false);
  group.Send(500);
  MessageBatch batch;
  // In batches of one receive, the loss is in the last, which empties the queue.
  std::size_t kept = 0;
  while (!reader.Read(batch, 1)) {
    CHECK_EQ(batch.lost + batch.overruns, 0u);
    kept += batch.count();
    batch.Clear();
  }
  kept += batch.count();
  CHECK(kept > 0);
  CHECK_EQ(batch.overruns, 1u);
  CHECK_EQ(kept + batch.lost, 500u);
  // What follows is not lost.
  group.Send(1);
  MessageBatch next;
  CHECK(reader.Read(next, kLarge));
  CHECK(KeysIn(next) == std::vector<std::uint64_t>({501}));
  CHECK_EQ(next.lost + next.overruns, 0u);
  group.Send(500);
  MessageBatch again;
  CHECK(reader.Read(again, kLarge));
  CHECK_EQ(again.count() + again.lost, 500u);
}

TEST("group reader: reports losses also when the queue was not read to its end") {
  Multicast group;
  GroupReader reader(Multicast::Open(Multicast::kSmallBuffer), false);
  group.Send(500);
  MessageBatch batch;
  reader.TakeLost(batch);
  CHECK(batch.lost > 0 && batch.lost < 500);
}

TEST("group reader: accepts only messages from the kernel") {
  Multicast group;
  GroupReader reader(Multicast::Open(kLarge, true), false);
  group.Send(3);
  MessageBatch batch;
  CHECK(reader.Read(batch, kLarge));
  CHECK_EQ(batch.unrelated, 3u);
  CHECK_EQ(batch.count(), 0u);
  CHECK(batch.Any());
}

TEST("group reader: a truncated message is counted, and the next one of its size fits") {
  Multicast group;
  GroupReader reader(Multicast::Open(kLarge), true);
  const Buffer large = Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
                           KeyedPayload(9, Attr(5, Buffer(6000, 1))));
  group.Send(1);
  group.SendRaw(large);
  group.Send(1);
  MessageBatch batch;
  CHECK(reader.Read(batch, kLarge));
  CHECK(KeysIn(batch) == std::vector<std::uint64_t>({1, 2}));
  CHECK_EQ(batch.broken, 1u);
  CHECK(batch.nsids == std::vector<std::int32_t>({kOwnNamespace, kOwnNamespace}));
  group.SendRaw(large);
  MessageBatch next;
  CHECK(reader.Read(next, kLarge));
  CHECK(KeysIn(next) == std::vector<std::uint64_t>({9}));
}

TEST("group reader: a signal does not end a read, and a failed socket is reported") {
  FakeEvents events;
  auto opened = events.Opener()(Multicast::kProtocol, EventsOf());
  GroupReader reader(std::move(std::get<EventChannel>(opened)), false);
  events.Tell({1});
  FakeEvents::FailNext(EINTR);
  MessageBatch batch;
  CHECK(reader.Read(batch, kLarge));
  CHECK_EQ(batch.count(), 1u);
  FakeEvents::FailNext(EBADF);
  MessageBatch failed;
  CHECK(!reader.Read(failed, kLarge));
  CHECK_EQ(std::string(CodeName(failed.failure->code)), "ERR_RECEIVE");
  CHECK_EQ(failed.failure->error, EBADF);
}

TEST("group socket: joins groups beyond the 32 of an address") {
  // RTNLGRP_LINK and RTNLGRP_NEXTHOP of NETLINK_ROUTE.
  const auto opened = OpenGroups(0, {.groups = {1, 32, 33}, .receive_buffer = 100'000});
  CHECK_EQ(std::get<EventChannel>(opened).grant.receive_buffer, 100'000u);
}

TEST("group socket: refuses a filter, and a group that does not exist") {
  GroupSpec spec{.groups = {1}, .receive_buffer = 100'000};
  spec.filter = {{.code = 0xffff, .jump_true = 0, .jump_false = 0, .operand = 0}};
  const auto refused = OpenGroups(Multicast::kProtocol, spec);
  CHECK_EQ(std::string(std::get<Failure>(refused).op), "setsockopt");
  CHECK_EQ(std::get<Failure>(refused).error, EINVAL);
  spec.filter.clear();
  spec.groups = {kMaxGroup};
  CHECK_EQ(std::get<Failure>(OpenGroups(Multicast::kProtocol, spec)).error, EINVAL);
  CHECK_EQ(std::string(std::get<Failure>(OpenGroups(31, spec)).op), "socket");
}

}  // namespace
}  // namespace netlink::test
