#include "../../src/netlink/asker.h"

#include <cerrno>
#include <string>

#include "../check.h"
#include "../fake-kernel.h"
#include "../messages.h"

namespace netlink::test {
namespace {

constexpr int kSockDiag = 4;  // NETLINK_SOCK_DIAG
/** Types of the requests: the fake kernel finds, does not find, or ignores their object. */
constexpr std::uint16_t kFind = 100;
constexpr std::uint16_t kMiss = 101;
constexpr std::uint16_t kChange = 102;

Buffer Ask(std::uint16_t type, std::uint16_t flags = kFlagRequest) {
  return Padded(
      Msg({.length = 0, .type = type, .flags = flags, .sequence = 0, .port = 0}, Buffer(8)));
}

/** Answers like a kernel: data, errors, and acknowledgements where they are asked for. */
void AnswerOne(const Inquiry& inquiry) {
  if (inquiry.type() == kMiss) return inquiry.Send({inquiry.Error(-ENOENT)});
  if (inquiry.type() == kFind) inquiry.Send({inquiry.Data(inquiry.sequence(), {}, 0)});
  if ((inquiry.flags() & kFlagAck) != 0) inquiry.Send({inquiry.Error(0)});
}

Buffer Many(std::size_t count, std::uint16_t type) {
  Buffer all;
  for (std::size_t i = 0; i < count; ++i) {
    const Buffer one = Ask(type);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

/** An asker and the kernel that answers it. */
class Bench {
 public:
  Answers Ask(const Buffer& requests) { return asker.Ask(requests, abandoned); }

  FakeKernel kernel{AnswerOne};
  Asker asker{kSockDiag, kernel.Opener()};
  std::atomic<bool> abandoned = false;
};

TEST("asker: matches data and errors with the requests of one datagram") {
  Bench bench;
  const Answers answers = bench.Ask(Join({Ask(kMiss), Ask(kFind), Ask(kChange), Ask(kFind)}));
  CHECK(!answers.failure);
  CHECK(answers.errors == std::vector<std::uint16_t>({ENOENT, 0, 0, 0}));
  CHECK(answers.requests == std::vector<std::uint32_t>({1, 3}));
  CHECK_EQ(answers.messages.spans.size(), 4u);
  CHECK_EQ(answers.unrelated, 0u);
  CHECK_EQ(bench.kernel.datagrams(), 1);
}

TEST("asker: a refused last request ends the answers") {
  Bench bench;
  CHECK(bench.Ask(Join({Ask(kFind), Ask(kMiss)})).errors ==
        std::vector<std::uint16_t>({0, ENOENT}));
  CHECK(bench.Ask(Ask(kChange)).errors == std::vector<std::uint16_t>({0}));
  CHECK(bench.Ask({}).errors.empty());
  CHECK_EQ(bench.kernel.opened(), 1);
}

TEST("asker: splits many requests into datagrams whose answers fit the receive buffer") {
  Bench bench;
  const Answers answers = bench.Ask(Many(2000, kFind));
  CHECK(!answers.failure);
  CHECK_EQ(answers.errors.size(), 2000u);
  CHECK_EQ(answers.requests.size(), 2000u);
  for (std::uint32_t i = 0; i < 2000; ++i) CHECK_EQ(answers.requests[i], i);
  CHECK(bench.kernel.datagrams() > 5);
}

TEST("asker: a request that is larger than a datagram is sent alone") {
  Bench bench;
  const Buffer large =
      Padded(Msg({.length = 0, .type = kFind, .flags = kFlagRequest, .sequence = 0, .port = 0},
                 Buffer(70'000)));
  const Answers answers = bench.Ask(Join({Ask(kFind), large, Ask(kFind)}));
  CHECK(!answers.failure);
  CHECK(answers.requests == std::vector<std::uint32_t>({0, 1, 2}));
  CHECK_EQ(bench.kernel.datagrams(), 3);
}

TEST("asker: counts answers to other requests, and skips them") {
  Bench bench;
  bench.kernel.Answer([](const Inquiry& inquiry) {
    const MessageHeader foreign{.length = 0,
                                .type = kDataType,
                                .flags = 0,
                                .sequence = inquiry.sequence() + 7,
                                .port = FakeKernel::kPort};
    inquiry.Send({Msg(foreign, KeyedPayload(1))});
    AnswerOne(inquiry);
  });
  const Answers answers = bench.Ask(Ask(kFind));
  CHECK_EQ(answers.unrelated, 1u);
  CHECK_EQ(answers.requests.size(), 1u);
}

TEST("asker: a failure is reported, and the next call has a new socket") {
  Bench bench;
  const auto failure_of = [&](auto send) {
    bench.kernel.Answer(send);
    const Answers answers = bench.Ask(Ask(kFind));
    CHECK(answers.failure.has_value());
    return std::string(CodeName(answers.failure->code));
  };
  CHECK_EQ(failure_of([](const Inquiry& inquiry) { inquiry.SendRaw(Buffer(7)); }), "ERR_MALFORMED");
  CHECK_EQ(failure_of([](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-100'000)}); }),
           "ERR_MALFORMED");
  CHECK_EQ(
      failure_of([](const Inquiry& inquiry) { inquiry.Send({inquiry.Of(kMessageOverrun, {})}); }),
      "ERR_RECEIVE");
  CHECK_EQ(failure_of([](const Inquiry& inquiry) {
             inquiry.Send({inquiry.Data(1, Attr(5, Buffer(20'000)))});
           }),
           "ERR_TRUNCATED");
  CHECK_EQ(failure_of([](const Inquiry&) {}), "ERR_TIMEOUT");
  bench.kernel.Answer(AnswerOne);
  CHECK(!bench.Ask(Ask(kFind)).failure);
  CHECK_EQ(bench.kernel.opened(), 6);
}

TEST("asker: gives up when abandoned") {
  Bench bench;
  bench.abandoned = true;
  const Answers answers = bench.Ask(Ask(kFind));
  CHECK_EQ(answers.failure->error, ECANCELED);
  CHECK_EQ(bench.kernel.datagrams(), 0);
}

TEST("asker: a socket that cannot be opened is a failure") {
  Asker asker(kSockDiag, [](int) -> Result<Channel> {
    return Failure{FailureCode::kSocket, EMFILE, "socket"};
  });
  const std::atomic<bool> abandoned = false;
  CHECK_EQ(asker.Ask(Ask(kFind), abandoned).failure->error, EMFILE);
}

TEST("asker: accepts only whole requests that are no dumps") {
  CHECK_EQ(CountRequests(Many(3, kFind)).value_or(9), 3u);
  CHECK_EQ(CountRequests({}).value_or(9), 0u);
  CHECK(!CountRequests(Buffer(15)));
  CHECK(!CountRequests(Join({Ask(kFind), Buffer(4)})));
  CHECK(!CountRequests(Ask(kFind, 0)));
  CHECK(!CountRequests(Ask(kFind, kDumpFlags)));
  Buffer cut = Ask(kFind);
  cut.pop_back();
  CHECK(!CountRequests(cut));
}

}  // namespace
}  // namespace netlink::test
