#include "../../src/netlink/event-stream.h"

#include <cerrno>
#include <string>

#include "../check.h"
#include "../fake-events.h"
#include "../messages.h"

namespace netlink::test {
namespace {

using Keys = std::vector<std::uint64_t>;

constexpr std::uint16_t kOtherType = 21;
constexpr int kSockDiag = 4;  // NETLINK_SOCK_DIAG

/** Sink that keeps messages, and rejects a message that is shorter than the others. */
class Collected : public MessageSink {
 public:
  void BeginBatch() override {
    CHECK(!open);
    open = true;
    ++batches;
  }
  void EndBatch() override { open = false; }
  Verdict OnMessage(Bytes message) override {
    CHECK(open);
    if (message.size() < sizeof(MessageHeader) + 16) return Verdict::kDiscarded;
    keys.push_back(Load<std::uint64_t>(message.data() + sizeof(MessageHeader)));
    return Verdict::kTaken;
  }

  Keys keys;
  int batches = 0;
  bool open = false;
};

/** An event stream and the source of its events. */
class Bench {
 public:
  explicit Bench(bool from_kernel_only = false) {
    auto opened = events.Opener()(kSockDiag, EventsOf());
    auto& channel = std::get<EventChannel>(opened);
    channel.from_kernel_only = from_kernel_only;
    stream.emplace(std::move(channel), std::vector<std::uint16_t>{kDataType});
  }

  EventReport Drain() {
    return stream->Drain(sink, [] { return true; });
  }

  FakeEvents events;
  std::optional<EventStream> stream;
  Collected sink;
};

TEST("event stream: takes all queued messages in order, many in one receive") {
  Bench bench;
  Keys told;
  for (std::uint64_t key = 1; key <= 150; ++key) {
    bench.events.Tell({key});
    told.push_back(key);
  }
  const EventReport report = bench.Drain();
  CHECK(bench.sink.keys == told);
  CHECK_EQ(bench.sink.batches, 3);
  CHECK_EQ(report.overruns + report.lost + report.discarded + report.unrelated, 0u);
  CHECK(!report.failure);
}

TEST("event stream: does not wait") {
  Bench bench;
  CHECK(!bench.Drain().failure);
  CHECK(bench.sink.keys.empty());
}

TEST("event stream: takes several messages of one datagram") {
  Bench bench;
  bench.events.TellRaw(Join({FakeEvents::Destroyed(1), FakeEvents::Destroyed(2)}));
  CHECK_EQ(bench.Drain().discarded, 0u);
  CHECK(bench.sink.keys == Keys({1, 2}));
}

TEST(
    "event stream: counts messages of another type, too short or truncated, and takes the others") {
  Bench bench;
  const MessageHeader header{.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0};
  MessageHeader other = header;
  other.type = kOtherType;
  bench.events.TellRaw(Msg(other, KeyedPayload(1)));
  bench.events.TellRaw(Msg(header, Buffer(15)));
  Buffer cut = FakeEvents::Destroyed(2);
  cut.pop_back();
  bench.events.TellRaw(cut);
  bench.events.TellRaw(Join({FakeEvents::Destroyed(3), Buffer(5)}));
  bench.events.Tell({4});
  const EventReport report = bench.Drain();
  CHECK_EQ(report.discarded, 4u);
  CHECK_EQ(report.unrelated, 0u);
  CHECK(bench.sink.keys == Keys({3, 4}));
}

TEST("event stream: accepts only messages from the kernel") {
  Bench bench(true);
  bench.events.Tell({1, 2});
  const EventReport report = bench.Drain();
  CHECK_EQ(report.unrelated, 2u);
  CHECK_EQ(report.discarded, 0u);
  CHECK(bench.sink.keys.empty());
}

TEST("event stream: a truncated message is lost, but no other, and the next one of its size fits") {
  Bench bench;
  const Buffer large = Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
                           KeyedPayload(2, Attr(5, Buffer(6000, 1))));
  // All in one receive: growing the buffers must not lose the other messages.
  bench.events.Tell({1});
  bench.events.TellRaw(large);
  bench.events.Tell({3, 4});
  CHECK_EQ(bench.Drain().discarded, 1u);
  CHECK(bench.sink.keys == Keys({1, 3, 4}));
  bench.events.TellRaw(large);
  CHECK_EQ(bench.Drain().discarded, 0u);
  CHECK(bench.sink.keys == Keys({1, 3, 4, 2}));
}

TEST("event stream: leaves messages in the kernel while there is no room") {
  Bench bench;
  for (std::uint64_t key = 1; key <= 150; ++key) bench.events.Tell({key});
  CHECK(!bench.stream->Drain(bench.sink, [] { return false; }).failure);
  CHECK(bench.sink.keys.empty());
  // The limit is checked between two receives.
  bench.stream->Drain(bench.sink, [&] { return bench.sink.keys.empty(); });
  CHECK_EQ(bench.sink.keys.size(), 64u);
  bench.Drain();
  CHECK_EQ(bench.sink.keys.size(), 150u);
  CHECK_EQ(bench.sink.keys.back(), 150u);
}

TEST("event stream: counts an overrun, and takes the queued messages") {
  Bench bench;
  bench.events.Tell({1, 2});
  FakeEvents::FailNext(ENOBUFS);
  const EventReport report = bench.Drain();
  CHECK_EQ(report.overruns, 1u);
  CHECK(!report.failure);
  CHECK(bench.sink.keys == Keys({1, 2}));
  CHECK_EQ(bench.Drain().overruns, 0u);
}

TEST("event stream: a signal does not end a drain") {
  Bench bench;
  bench.events.Tell({1});
  FakeEvents::FailNext(EINTR);
  CHECK(!bench.Drain().failure);
  CHECK(bench.sink.keys == Keys({1}));
}

TEST("event stream: reports a failed socket") {
  Bench bench;
  bench.events.Tell({1});
  FakeEvents::FailNext(EBADF);
  const EventReport report = bench.Drain();
  CHECK(report.failure.has_value());
  CHECK_EQ(std::string(CodeName(report.failure->code)), "ERR_RECEIVE");
  CHECK_EQ(report.failure->error, EBADF);
  CHECK(bench.sink.keys.empty());
}

TEST("event stream: the real kernel grants a buffer, and refuses an invalid filter") {
  EventSpec spec = EventsOf();
  spec.groups = 0x5;
  spec.receive_buffer = 100'000;
  const auto opened = OpenKernelEvents(kSockDiag, spec);
  CHECK(std::holds_alternative<EventChannel>(opened));
  // The kernel doubles the requested half. Every machine allows this size.
  CHECK_EQ(std::get<EventChannel>(opened).grant.receive_buffer, 100'000u);
  spec.filter = {{.code = 0xffff, .jump_true = 0, .jump_false = 0, .operand = 0}};
  const auto refused = OpenKernelEvents(kSockDiag, spec);
  CHECK(std::holds_alternative<Failure>(refused));
  CHECK_EQ(std::get<Failure>(refused).error, EINVAL);
  CHECK_EQ(std::string(std::get<Failure>(refused).op), "setsockopt");
  // BPF_RET: keep everything.
  spec.fallback_filter = {{.code = 6, .jump_true = 0, .jump_false = 0, .operand = 0xffffffff}};
  const auto second = OpenKernelEvents(kSockDiag, spec);
  CHECK(std::holds_alternative<EventChannel>(second));
  CHECK(std::get<EventChannel>(second).grant.fallback);
  spec.fallback_filter = spec.filter;
  CHECK(std::holds_alternative<Failure>(OpenKernelEvents(kSockDiag, spec)));
}

}  // namespace
}  // namespace netlink::test
