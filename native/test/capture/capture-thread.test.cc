#include "../../src/capture/capture-thread.h"

#include <atomic>
#include <cerrno>
#include <string>
#include <vector>

#include "../../src/util/clock.h"
#include "../check.h"
#include "../poll/waiting.h"
#include "loopback.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::size_t kLarge = std::size_t{1} << 26;
/** Offset of the payload of UDP over IPv4. */
constexpr std::size_t kPayload = 28;

/** Keeps all of each packet that comes in: loopback shows them twice. */
std::vector<FilterInstruction> Incoming() {
  return {{0x20, 0, 0, 0xfffff004}, {0x15, 0, 1, 0}, {0x06, 0, 0, 0xffffffff}, {0x06, 0, 0, 0}};
}

CaptureSpec Spec(bool with_ring) {
  CaptureSpec spec;
  spec.filter = Incoming();
  spec.block_bytes = 64 * 1024;
  spec.block_count = with_ring ? 8 : 0;
  spec.block_timeout_ms = 10;
  spec.receive_buffer = 512 * 1024;
  return spec;
}

/** A capturing thread. This thread takes the role of JavaScript. */
class Bench {
 public:
  Bench(const Loopback& loopback, const CaptureSpec& spec, std::size_t max_pending = kLarge)
      : queue(max_pending), thread(Open(loopback, spec), queue, [this] { ++wakes; }) {}

  static PacketReader Open(const Loopback& loopback, const CaptureSpec& spec) {
    auto opened = PacketsInside(loopback.place())(spec);
    if (const auto* failure = std::get_if<Failure>(&opened)) {
      Fail(__FILE__, __LINE__, std::string(failure->op) + std::to_string(failure->error));
    }
    return PacketReader(std::move(std::get<PacketChannel>(opened)));
  }

  /** Takes the blocks that wait, and checks that what is missing was dropped where it is missing.
   */
  void TakeWaiting() {
    while (const auto block = queue.Pop()) {
      thread.Resume();
      dropped += block->dropped;
      Walk(*block);
      ++blocks;
    }
  }

  void TakeAll(std::size_t packets) {
    WaitFor([&] {
      TakeWaiting();
      return read + dropped >= packets;
    });
    CHECK_EQ(read + dropped, packets);
  }

  void Walk(const PacketBlock& block) {
    if (block.packets == 0) return;
    const auto header = Load<BlockHeader>(block.bytes.data());
    CHECK_EQ(header.packets, block.packets);
    CHECK_EQ(static_cast<std::size_t>(header.length), block.bytes.size());
    std::size_t at = header.first_packet;
    for (std::uint32_t i = 0; i < block.packets; ++i) {
      CHECK(at + sizeof(PacketHeader) + sizeof(LinkAddress) <= block.bytes.size());
      const auto packet = Load<PacketHeader>(block.bytes.data() + at);
      CHECK(at + packet.network_offset + packet.kept <= block.bytes.size());
      CHECK(packet.seconds > 0 && packet.nanoseconds < kNsPerSecond);
      const auto address = Load<LinkAddress>(block.bytes.data() + at + sizeof packet);
      CHECK_EQ(address.hardware_type, 772);
      CHECK_EQ(address.interface, 1);
      CHECK_EQ(static_cast<int>(address.packet_type), 0);
      lengths.push_back(packet.length);
      kept.push_back(packet.kept);
      numbers.push_back(
          Load<std::uint32_t>(block.bytes.data() + at + packet.network_offset + kPayload));
      // Each packet is where its number says: those that are missing before it were dropped.
      if (exact) CHECK_EQ(static_cast<std::size_t>(numbers.back()), read + dropped);
      ++read;
      at += packet.next;
    }
  }

  WaitingBatches<PacketBlock> queue;
  std::atomic<int> wakes = 0;
  std::size_t read = 0;
  std::size_t dropped = 0;
  int blocks = 0;
  /** True if losses have to be reported at their exact place. */
  bool exact = true;
  std::vector<std::uint32_t> numbers;
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint32_t> kept;
  CaptureThread thread;
};

/** Runs a test with a ring and without. */
template <typename Body>
void BothWays(Body body) {
  for (const bool with_ring : {true, false}) {
    Loopback loopback;
    if (!loopback.place()) return;
    body(loopback, Spec(with_ring));
  }
}

TEST("capture thread: delivers every packet, with its times, addresses and lengths") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    Bench bench(loopback, spec);
    bench.thread.Start();
    loopback.Send(20);
    bench.TakeAll(20);
    loopback.Send(30, 9000);
    bench.TakeAll(50);
    CHECK_EQ(bench.dropped, 0u);
    CHECK_EQ(bench.lengths.front(), 1000u + kPayload);
    CHECK_EQ(bench.kept.back(), 9000u + kPayload);
    bench.thread.Stop();
    bench.thread.Join();
    CHECK(bench.thread.ended());
    CHECK_EQ(bench.wakes.load(), bench.blocks + 1);
  });
}

TEST("capture thread: the filter's value is the number of bytes that are kept") {
  BothWays([](Loopback& loopback, CaptureSpec spec) {
    spec.filter[2].operand = 40;
    Bench bench(loopback, spec);
    bench.thread.Start();
    loopback.Send(3);
    bench.TakeAll(3);
    CHECK(bench.kept == std::vector<std::uint32_t>({40, 40, 40}));
    CHECK(bench.lengths == std::vector<std::uint32_t>(3, 1000 + kPayload));
  });
}

TEST("capture thread: when it ends, it first delivers all packets so far") {
  BothWays([](Loopback& loopback, CaptureSpec spec) {
    spec.block_timeout_ms = 100;
    Bench bench(loopback, spec);
    bench.thread.Start();
    loopback.Send(200);
    const std::int64_t start = MonotonicNs();
    bench.thread.Stop();
    bench.thread.Join();
    CHECK(MonotonicNs() - start < 1000 * kMs);
    bench.TakeWaiting();
    CHECK_EQ(bench.read, 200u);
    CHECK_EQ(bench.dropped, 0u);
  });
}

TEST("capture thread: counts exactly what a paused reader makes the kernel drop, in its place") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    Bench bench(loopback, spec);
    bench.thread.Pause(true);
    bench.thread.Start();
    loopback.Send(3000);
    bench.thread.Pause(false);
    bench.TakeAll(3000);
    CHECK(bench.dropped > 0 && bench.read > 0);
    // What follows is not lost.
    const std::size_t dropped = bench.dropped;
    for (int i = 0; i < 10; ++i) {
      loopback.Send(10);
      bench.TakeAll(loopback.sent());
    }
    CHECK_EQ(bench.dropped, dropped);
    // The next overrun too.
    bench.thread.Pause(true);
    loopback.Send(3000);
    bench.thread.Pause(false);
    bench.TakeAll(loopback.sent());
    CHECK(bench.dropped > dropped);
  });
}

TEST("capture thread: does not read while the queue is full, and counts what is lost") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    Bench bench(loopback, spec, 1);
    bench.thread.Start();
    loopback.Send(1);
    WaitFor([&] { return bench.wakes == 1; });
    loopback.Send(3000);
    CHECK_EQ(bench.wakes.load(), 1);
    // Blocks are taken one by one: a loss during that is behind blocks that are not taken yet.
    bench.TakeAll(3001);
    CHECK(bench.dropped > 0);
  });
}

TEST("capture thread: drops that are not followed by a packet are reported at the end") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    Bench bench(loopback, spec);
    bench.thread.Pause(true);
    bench.thread.Start();
    loopback.Send(3000);
    bench.thread.Stop();
    bench.thread.Join();
    bench.TakeWaiting();
    CHECK_EQ(bench.read + bench.dropped, 3000u);
    CHECK(bench.dropped > 0);
  });
}

TEST("capture thread: counts all while packets arrive and it is paused at random") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    Bench bench(loopback, spec);
    bench.exact = false;
    bench.thread.Start();
    std::thread sender([&] { loopback.Send(20'000); });
    for (int i = 0; i < 20; ++i) {
      bench.thread.Pause(i % 2 == 0);
      bench.TakeWaiting();
    }
    sender.join();
    bench.thread.Pause(false);
    bench.thread.Stop();
    bench.thread.Join();
    bench.TakeWaiting();
    CHECK_EQ(bench.read + bench.dropped, 20'000u);
    for (std::size_t i = 1; i < bench.numbers.size(); ++i) {
      CHECK(bench.numbers[i] > bench.numbers[i - 1]);
    }
  });
}

TEST("capture thread: can be halted at any time, also before its start") {
  BothWays([](Loopback& loopback, const CaptureSpec& spec) {
    { Bench never(loopback, spec); }
    for (std::uint32_t i = 0; i < 10; ++i) {
      Bench bench(loopback, spec);
      bench.thread.Start();
      loopback.Send(i);
      bench.thread.Halt();
      bench.thread.Halt();
      CHECK(bench.thread.halted() && bench.thread.ended());
    }
  });
}

TEST("packet socket: refuses a filter that is none, and an interface that does not exist") {
  Loopback loopback;
  if (!loopback.place()) return;
  CaptureSpec spec = Spec(true);
  spec.filter = {{.code = 0xffff, .jump_true = 0, .jump_false = 0, .operand = 0}};
  const auto refused = PacketsInside(loopback.place())(spec);
  CHECK_EQ(std::string(std::get<Failure>(refused).op), "setsockopt");
  CHECK_EQ(std::get<Failure>(refused).error, EINVAL);
  spec = Spec(true);
  spec.interface = 4711;
  const auto none = PacketsInside(loopback.place())(spec);
  CHECK_EQ(std::string(std::get<Failure>(none).op), "bind");
  CHECK_EQ(std::get<Failure>(none).error, ENODEV);
}

TEST("packet socket: receives without a ring where the kernel refuses it") {
  Loopback loopback;
  if (!loopback.place()) return;
  CaptureSpec spec = Spec(true);
  // Not a multiple of the page size.
  spec.block_bytes = 64 * 1024 + 8;
  Bench bench(loopback, spec);
  CHECK(bench.thread.channel().ring_failure.has_value());
  CHECK_EQ(bench.thread.channel().ring_failure->error, EINVAL);
  CHECK_EQ(bench.thread.channel().block_count, 0u);
  bench.thread.Start();
  loopback.Send(10);
  bench.TakeAll(10);
}

}  // namespace
}  // namespace netlink::test
