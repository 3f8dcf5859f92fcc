#include "../../src/table/scanner.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <thread>

#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-kernel.h"
#include "../messages.h"

namespace netlink::test {
namespace {

constexpr std::uint16_t kOtherType = 21;

SourceSpec Source(std::vector<std::vector<Request>> query_methods = {{DumpRequest()}}) {
  SourceSpec source;
  source.dump.query_methods = std::move(query_methods);
  source.dump.data_types = {kDataType};
  source.shape = KeyedShape();
  source.interval_ns = 1'000'000;
  return source;
}

/** A scanner and its kernel. */
class Bench {
 public:
  explicit Bench(SourceSpec source = Source()) : scanner_(std::move(source), kernel.Opener()) {}

  Batch Scan(FakeKernel::Script script) {
    kernel.Answer(std::move(script));
    return Scan();
  }

  Batch Scan() {
    Batch batch;
    scanner_.Scan(batch, MonotonicNs(), abandoned_);
    return batch;
  }

  Scanner& scanner() { return scanner_; }

  FakeKernel kernel;

 private:
  const std::atomic<bool> abandoned_ = false;
  Scanner scanner_;
};

std::vector<std::uint64_t> ChangedKeys(const Batch& batch) {
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < batch.changed.spans.size(); i += 2) {
    CHECK_EQ(batch.changed.spans[i] % 8, 0u);
    const std::uint8_t* at = batch.changed.data.data() + batch.changed.spans[i];
    CHECK_EQ(Load<MessageHeader>(at).length, batch.changed.spans[i + 1]);
    keys.push_back(Load<std::uint64_t>(at + sizeof(MessageHeader)));
  }
  return keys;
}

using Keys = std::vector<std::uint64_t>;

FakeKernel::Script Serves(Keys keys) {
  return [keys](const Inquiry& inquiry) {
    for (const std::uint64_t key : keys) inquiry.Send({inquiry.Data(key)});
    inquiry.Send({inquiry.Done()});
  };
}

void CheckFailure(const Batch& batch, FailureCode code, int error, const std::string& op) {
  CHECK(batch.failure.has_value());
  CHECK_EQ(std::string(CodeName(batch.failure->code)), CodeName(code));
  CHECK_EQ(batch.failure->error, error);
  CHECK_EQ(std::string(batch.failure->op), op);
  CHECK(batch.gone.empty());
}

/** Checks that a scan with this failure keeps the known keys, and that the next scan finds the gone
 * ones. */
void CheckRecovers(FakeKernel::Script failing, FailureCode code, int error, const std::string& op) {
  Bench bench;
  CHECK(ChangedKeys(bench.Scan(Serves({1, 2}))) == Keys({1, 2}));
  CheckFailure(bench.Scan(std::move(failing)), code, error, op);
  CHECK_EQ(bench.kernel.opened(), 1);
  const Batch next = bench.Scan(Serves({2}));
  CHECK(!next.failure);
  CHECK_EQ(next.unrelated, 0u);
  CHECK(next.gone == Keys({1}));
  CHECK_EQ(bench.kernel.opened(), 2);
}

TEST("reports new, changed and gone keys") {
  Bench bench;
  const Batch first = bench.Scan(Serves({1, 2, 3}));
  CHECK(!first.failure);
  CHECK_EQ(first.scan, 1u);
  CHECK_EQ(first.seen, 3u);
  CHECK_EQ(first.request_ns.size(), 1u);
  CHECK(ChangedKeys(first) == Keys({1, 2, 3}));
  CHECK(bench.Scan(Serves({3, 2, 1})).changed.spans.empty());

  const Batch third = bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(2, Attr(5, {1})), inquiry.Data(4), inquiry.Done()});
  });
  CHECK(ChangedKeys(third) == Keys({2, 4}));
  auto gone = third.gone;
  std::ranges::sort(gone);
  CHECK(gone == Keys({1, 3}));
  CHECK_EQ(bench.scanner().Size(), 2u);
  CHECK_EQ(bench.kernel.opened(), 1);
}

TEST("keeps the latest bytes, changed or not") {
  Bench bench;
  bench.Scan(Serves({1}));
  const Batch second = bench.Scan([](const Inquiry& inquiry) {
    Buffer payload = KeyedPayload(1);
    payload[15] = 77;  // outside the mask
    inquiry.Send({inquiry.Of(kDataType, payload), inquiry.Done()});
  });
  CHECK(second.changed.spans.empty());
  const auto latest = bench.scanner().Latest(1);
  CHECK(latest.has_value());
  CHECK_EQ(static_cast<int>(latest->at(sizeof(MessageHeader) + 15)), 77);
  CHECK(!bench.scanner().Latest(2));
}

TEST("compares a key that comes twice each time, and counts it once") {
  Bench bench;
  const auto twice = [](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1, Attr(5, {1})), inquiry.Data(1, Attr(5, {2})), inquiry.Done()});
  };
  bench.Scan(Serves({1, 2}));
  const Batch batch = bench.Scan(twice);
  CHECK(ChangedKeys(batch) == Keys({1, 1}));
  CHECK_EQ(batch.seen, 2u);
  // There are two messages and two known keys, but one of the keys is gone.
  CHECK(batch.gone == Keys({2}));
}

TEST("takes many messages in many datagrams") {
  constexpr std::uint64_t kCount = 20'000;
  Bench bench;
  const auto many = [](const Inquiry& inquiry) {
    for (std::uint64_t key = 0; key < kCount;) {
      Buffer datagram;
      for (int i = 0; i < 100; ++i)
        datagram = Join({datagram, inquiry.Data(key++, Attr(2, Buffer(60)))});
      inquiry.SendRaw(datagram);
    }
    inquiry.Send({inquiry.Done()});
  };
  CHECK_EQ(ChangedKeys(bench.Scan(many)).size(), kCount);
  const Batch second = bench.Scan();
  CHECK(!second.failure);
  CHECK_EQ(second.seen, kCount);
  CHECK(second.changed.spans.empty());
  CHECK_EQ(bench.Scan(Serves({5})).gone.size(), kCount - 1);
}

TEST("tallies a header byte") {
  SourceSpec source = Source();
  source.tally = TallySpec{.offset = 0, .values = {2, 10, 1}};
  Bench bench(std::move(source));
  const Batch batch = bench.Scan(Serves({1, 2, 0x102, 3}));
  CHECK(batch.tally == std::vector<std::uint32_t>({2, 0, 1}));
}

TEST("discards short messages and other types") {
  Bench bench;
  const Batch batch = bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Of(kDataType, Buffer(15)), inquiry.Of(kDataType, {}),
                  inquiry.Of(kOtherType, Buffer(40)), inquiry.Of(1, {}), inquiry.Data(1),
                  inquiry.Done()});
  });
  CHECK(!batch.failure);
  CHECK_EQ(batch.discarded, 4u);
  CHECK_EQ(batch.seen, 1u);
}

TEST("counts messages of another sequence or port as unrelated") {
  Bench bench;
  const Batch batch = bench.Scan([](const Inquiry& inquiry) {
    Buffer late = inquiry.Data(9);
    late[8] ^= 0xff;
    Buffer foreign = inquiry.Done();
    foreign[12] ^= 0xff;
    inquiry.Send({late, foreign, inquiry.Data(1), inquiry.Done(), inquiry.Data(8)});
  });
  CHECK(!batch.failure);
  CHECK_EQ(batch.unrelated, 3u);
  CHECK(ChangedKeys(batch) == Keys({1}));
}

TEST("recovers from a temporary refusal") {
  CheckRecovers([](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-EBUSY)}); },
                FailureCode::kRefused, EBUSY, "NLMSG_ERROR");
}

TEST("recovers from a dump that the kernel broke off") {
  CheckRecovers(
      [](const Inquiry& inquiry) {
        inquiry.Send({inquiry.Data(1), inquiry.Done(-ENOMEM)});
      },
      FailureCode::kDone, ENOMEM, "NLMSG_DONE");
}

TEST("recovers from an interrupted dump") {
  CheckRecovers(
      [](const Inquiry& inquiry) {
        inquiry.Send({inquiry.Data(2, {}, kFlagDumpInterrupted), inquiry.Done()});
      },
      FailureCode::kInterrupted, 0, "NLM_F_DUMP_INTR");
}

TEST("recovers from an overrun") {
  CheckRecovers([](const Inquiry& inquiry) { inquiry.Send({inquiry.Of(kMessageOverrun, {})}); },
                FailureCode::kReceive, 0, "NLMSG_OVERRUN");
}

TEST("recovers from a message length that does not fit") {
  for (const std::uint8_t length : {0, 15, 200}) {
    CheckRecovers(
        [length](const Inquiry& inquiry) {
          Buffer broken = inquiry.Data(1);
          broken[0] = length;
          inquiry.Send({broken});
        },
        FailureCode::kMalformed, 0, "nlmsghdr");
  }
}

TEST("recovers from a datagram with bytes left over") {
  CheckRecovers(
      [](const Inquiry& inquiry) {
        inquiry.SendRaw(Join({inquiry.Data(1), Buffer(3)}));
      },
      FailureCode::kMalformed, 0, "nlmsghdr");
}

TEST("recovers from an error message without an errno") {
  CheckRecovers(
      [](const Inquiry& inquiry) { inquiry.Send({inquiry.Of(kMessageError, Buffer(2))}); },
      FailureCode::kMalformed, 0, "NLMSG_ERROR");
}

TEST("recovers from an error that is not an errno") {
  for (const std::int32_t error : {1, -4096, std::numeric_limits<std::int32_t>::min()}) {
    CheckRecovers([error](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(error)}); },
                  FailureCode::kMalformed, 0, "NLMSG_ERROR");
    if (error > 0) continue;  // NLMSG_DONE may contain a positive number
    CheckRecovers([error](const Inquiry& inquiry) { inquiry.Send({inquiry.Done(error)}); },
                  FailureCode::kMalformed, 0, "NLMSG_DONE");
  }
}

TEST("recovers from a missing answer, and a late one does no harm") {
  CheckRecovers([](const Inquiry& inquiry) { inquiry.Send({inquiry.Data(1)}); },
                FailureCode::kTimeout, EAGAIN, "recvmmsg");
}

TEST("a truncated message makes the buffers grow") {
  Bench bench;
  const auto large = [](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1)});
    inquiry.Send({inquiry.Data(2, Attr(5, Buffer(60'000, 3)))});
    inquiry.Send({inquiry.Done()});
  };
  CheckFailure(bench.Scan(large), FailureCode::kTruncated, 0, "recvmmsg");
  const Batch second = bench.Scan();
  CHECK(!second.failure);
  CHECK(ChangedKeys(second) == Keys({2}));
}

TEST("messages beyond a full batch come with the next") {
  Bench bench;
  bench.kernel.Answer(Serves({1, 2, 3}));
  const std::atomic<bool> abandoned = false;
  Batch full;
  full.changed.limit = 1;
  bench.scanner().Scan(full, MonotonicNs(), abandoned);
  CheckFailure(full, FailureCode::kFull, 0, "batch");
  CHECK(ChangedKeys(full) == Keys({1}));
  CHECK(ChangedKeys(bench.Scan()) == Keys({2, 3}));
}

TEST("a socket that cannot be opened fails the scan") {
  bool broken = true;
  FakeKernel kernel(Serves({1}));
  Scanner scanner(Source(), [&broken, opener = kernel.Opener()](int protocol) -> Result<Channel> {
    if (broken) return Failure{FailureCode::kSocket, EMFILE, "socket"};
    return opener(protocol);
  });
  const std::atomic<bool> abandoned = false;
  Batch batch;
  scanner.Scan(batch, MonotonicNs(), abandoned);
  CheckFailure(batch, FailureCode::kSocket, EMFILE, "socket");
  broken = false;
  Batch next;
  scanner.Scan(next, MonotonicNs(), abandoned);
  CHECK(ChangedKeys(next) == Keys({1}));
}

/** Returns a script that serves kDataType and refuses kOtherType. */
FakeKernel::Script RefusesOther(std::int32_t error, bool in_done) {
  return [=](const Inquiry& inquiry) {
    if (inquiry.type() == kDataType) {
      inquiry.Send({inquiry.Data(1), inquiry.Done()});
    } else {
      inquiry.Send({in_done ? inquiry.Done(error) : inquiry.Error(error)});
    }
  };
}

TEST("a refused query method is permanently replaced by the next") {
  for (const bool in_done : {false, true}) {
    Bench bench(Source({{DumpRequest(kOtherType)}, {DumpRequest()}}));
    const Batch batch = bench.Scan(RefusesOther(-EINVAL, in_done));
    CHECK(!batch.failure);
    CHECK_EQ(batch.query_method, 1u);
    CHECK_EQ(batch.request_ns.size(), 1u);
    CHECK_EQ(bench.kernel.opened(), 2);
    CHECK_EQ(bench.Scan().query_method, 1u);
    // A later refusal, or a kernel that now supports the first query method, does not change the
    // choice.
    const Batch refused =
        bench.Scan([](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-EINVAL)}); });
    CheckFailure(refused, FailureCode::kRefused, EINVAL, "NLMSG_ERROR");
    CHECK_EQ(bench.Scan(Serves({1})).query_method, 1u);
    CHECK_EQ(refused.query_method, 1u);
  }
}

TEST("a query method whose request is too long for a socket is replaced by the next") {
  Request too_long = DumpRequest();
  // More than net.core.wmem_default of any machine.
  too_long.resize(std::size_t{1} << 24);
  Bench bench(Source({{std::move(too_long)}, {DumpRequest()}}));
  const Batch batch = bench.Scan(Serves({1}));
  CHECK(!batch.failure);
  CHECK_EQ(batch.query_method, 1u);
  CHECK(ChangedKeys(batch) == Keys({1}));
}

TEST("a temporary error does not replace a query method") {
  Bench bench(Source({{DumpRequest(kOtherType)}, {DumpRequest()}}));
  const Batch batch = bench.Scan(RefusesOther(-ENOMEM, false));
  CheckFailure(batch, FailureCode::kRefused, ENOMEM, "NLMSG_ERROR");
  CHECK_EQ(batch.query_method, 0u);
}

TEST("a query method that fails after data is not replaced") {
  Bench bench(Source({{DumpRequest(), DumpRequest(kOtherType)}, {DumpRequest()}}));
  const Batch batch = bench.Scan(RefusesOther(-EINVAL, false));
  CheckFailure(batch, FailureCode::kRefused, EINVAL, "NLMSG_ERROR");
  CHECK_EQ(batch.query_method, 0u);
  CHECK(ChangedKeys(batch) == Keys({1}));
}

TEST("after a refusal of all query_methods the next scan begins with the first") {
  Bench bench(Source({{DumpRequest(kOtherType)}, {DumpRequest(kOtherType)}}));
  CheckFailure(bench.Scan(RefusesOther(-EINVAL, true)), FailureCode::kRefused, EINVAL,
               "NLMSG_DONE");
  const Batch next = bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1), inquiry.Done()});
  });
  CHECK(!next.failure);
  CHECK_EQ(next.query_method, 0u);
}

TEST("a missing family counts as an empty answer") {
  for (const bool in_done : {false, true}) {
    for (const bool first : {false, true}) {
      const std::vector<Request> both = {DumpRequest(first ? kOtherType : kDataType),
                                         DumpRequest(first ? kDataType : kOtherType)};
      SourceSpec source = Source({both});
      source.dump.empty_errno = ENOENT;
      Bench bench(std::move(source));
      const Batch batch = bench.Scan(RefusesOther(-ENOENT, in_done));
      CHECK(!batch.failure);
      CHECK_EQ(batch.request_ns.size(), 2u);
      CHECK(ChangedKeys(batch) == Keys({1}));
      CHECK(bench.Scan(RefusesOther(-ENOENT, in_done)).changed.spans.empty());
      CHECK_EQ(bench.kernel.opened(), 1);
    }
  }
}

TEST("a query method with only missing families is refused") {
  SourceSpec source = Source({{DumpRequest(kOtherType), DumpRequest(kOtherType)}, {DumpRequest()}});
  source.dump.empty_errno = ENOENT;
  Bench bench(std::move(source));
  CHECK_EQ(bench.Scan(RefusesOther(-ENOENT, false)).query_method, 1u);
}

/** Rejects messages whose key has this low byte. */
MessageFilter Without(std::uint8_t key) {
  constexpr std::uint32_t kKeyOffset = sizeof(MessageHeader);
  return MessageFilter(
      {{0x30, 0, 0, kKeyOffset}, {0x15, 1, 0, key}, {0x06, 0, 0, 1}, {0x06, 0, 0, 0}});
}

TEST("a tally leaves out what its filter rejects, from new filters on what the new one does") {
  SourceSpec source = Source();
  source.tally = TallySpec{.offset = 8, .values = {1}, .filter = Without(2)};
  Bench bench(std::move(source));
  const auto scan = [&] {
    return bench.Scan([](const Inquiry& inquiry) {
      inquiry.Send({inquiry.Data(1), inquiry.Data(2), inquiry.Data(3), inquiry.Done()});
    });
  };
  CHECK(scan().tally == std::vector<std::uint32_t>({2}));
  CHECK(scan().tally == std::vector<std::uint32_t>({2}));
  CHECK(bench.scanner().Fits({{DumpRequest()}}));
  CHECK(!bench.scanner().Fits({{DumpRequest()}, {DumpRequest()}}));
  CHECK(!bench.scanner().Fits({{DumpRequest(), DumpRequest()}}));
  bench.scanner().SetFilters(
      {.query_methods = {{DumpRequest()}}, .tally = MessageFilter(), .events = {}});
  const Batch batch = scan();
  CHECK(batch.tally == std::vector<std::uint32_t>({3}));
  CHECK_EQ(batch.seen, 3u);
  CHECK(ChangedKeys(batch).empty());
}

TEST("an acknowledgement does not end a dump") {
  Bench bench;
  const Batch batch = bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Error(0), inquiry.Data(1), inquiry.Done()});
  });
  CHECK(!batch.failure);
  CHECK_EQ(batch.discarded, 1u);
}

TEST("a signal does not end a scan") {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // without SA_RESTART
  struct sigaction previous {};
  ::sigaction(SIGUSR1, &action, &previous);
  Bench bench;
  const pthread_t scanning = ::pthread_self();
  const Batch batch = bench.Scan([scanning](const Inquiry& inquiry) {
    for (int i = 0; i < 20; ++i) {
      ::pthread_kill(scanning, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    inquiry.Send({inquiry.Data(1), inquiry.Done()});
  });
  ::sigaction(SIGUSR1, &previous, nullptr);
  CHECK(!batch.failure);
  CHECK_EQ(batch.seen, 1u);
}

TEST("the real kernel answers on a real socket") {
  const auto opened = OpenKernelChannel(4);  // NETLINK_SOCK_DIAG
  CHECK(std::holds_alternative<Channel>(opened));
  CHECK(std::get<Channel>(opened).port != 0);
  const auto refused = OpenKernelChannel(31);
  CHECK(std::holds_alternative<Failure>(refused));
  CHECK_EQ(std::get<Failure>(refused).error, EPROTONOSUPPORT);
}

}  // namespace
}  // namespace netlink::test
