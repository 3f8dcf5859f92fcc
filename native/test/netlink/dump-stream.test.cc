#include "../../src/netlink/dump-stream.h"

#include <cerrno>
#include <string>

#include "../check.h"
#include "../fake-kernel.h"
#include "../messages.h"

namespace netlink::test {
namespace {

constexpr int kSockDiag = 4;  // NETLINK_SOCK_DIAG
constexpr std::size_t kKeys = 40;

/** A dump of some keys in single datagrams, and the kernel that answers it. */
class Bench {
 public:
  explicit Bench(FakeKernel::Script script, std::size_t part_bytes = 1)
      : kernel(std::move(script)),
        stream({.protocol = kSockDiag,
                .request = DumpRequest(),
                .data_types = {kDataType},
                .part_bytes = part_bytes},
               kernel.Opener()) {}

  DumpPart Next() { return stream.Next(abandoned); }

  FakeKernel kernel;
  DumpStream stream;
  std::atomic<bool> abandoned = false;
};

void SendKeys(const Inquiry& inquiry, std::uint16_t flags = 2) {
  for (std::uint64_t key = 1; key <= kKeys; ++key) inquiry.Send({inquiry.Data(key, {}, flags)});
}

TEST("dump stream: returns every message once, in parts") {
  Bench bench([](const Inquiry& inquiry) {
    SendKeys(inquiry);
    inquiry.Send({inquiry.Of(kDataType + 1, KeyedPayload(1)), inquiry.Done()});
  });
  std::uint64_t key = 0;
  int parts = 0;
  while (true) {
    const DumpPart part = bench.Next();
    CHECK(!part.failure);
    ++parts;
    for (std::size_t i = 0; i < part.messages.spans.size(); i += 2) {
      const std::uint8_t* at = part.messages.data.data() + part.messages.spans[i];
      CHECK_EQ(Load<std::uint64_t>(at + sizeof(MessageHeader)), ++key);
    }
    if (!part.last) continue;
    CHECK_EQ(part.counts.seen, kKeys);
    CHECK_EQ(part.counts.discarded, 1u);
    CHECK(!part.interrupted);
    break;
  }
  CHECK_EQ(key, kKeys);
  // A receive takes at most eight datagrams.
  CHECK(parts >= 5);
  CHECK_EQ(bench.kernel.datagrams(), 1);
}

TEST("dump stream: a large part holds everything") {
  Bench bench(
      [](const Inquiry& inquiry) {
        SendKeys(inquiry);
        inquiry.Send({inquiry.Done()});
      },
      std::size_t{1} << 20);
  const DumpPart part = bench.Next();
  CHECK(part.last);
  CHECK_EQ(part.messages.spans.size(), 2 * kKeys);
}

TEST("dump stream: reports an interrupted dump in its last part") {
  Bench bench(
      [](const Inquiry& inquiry) {
        SendKeys(inquiry, kFlagDumpInterrupted);
        inquiry.Send({inquiry.Done()});
      },
      std::size_t{1} << 20);
  const DumpPart part = bench.Next();
  CHECK(part.last);
  CHECK(part.interrupted);
  CHECK(!part.failure);
  CHECK_EQ(part.messages.spans.size(), 2 * kKeys);
}

TEST("dump stream: reports a refusal, and an error in the end") {
  Bench refused([](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-EPERM)}); });
  const DumpPart part = refused.Next();
  CHECK_EQ(std::string(CodeName(part.failure->code)), "ERR_REFUSED");
  CHECK_EQ(part.failure->error, EPERM);
  Bench failed([](const Inquiry& inquiry) { inquiry.Send({inquiry.Done(-EINVAL)}); });
  CHECK_EQ(std::string(CodeName(failed.Next().failure->code)), "ERR_DONE");
}

TEST("dump stream: a socket that cannot be opened is a failure") {
  DumpStream stream({.protocol = kSockDiag, .request = DumpRequest(), .data_types = {}},
                    [](int) -> Result<Channel> {
                      return Failure{FailureCode::kNamespace, EPERM, "setns"};
                    });
  const std::atomic<bool> abandoned = false;
  CHECK_EQ(stream.Next(abandoned).failure->error, EPERM);
}

TEST("dump stream: gives up between two receives when abandoned") {
  Bench bench([](const Inquiry& inquiry) { SendKeys(inquiry); });
  CHECK(!bench.Next().failure);
  bench.abandoned = true;
  CHECK_EQ(bench.Next().failure->error, ECANCELED);
}

}  // namespace
}  // namespace netlink::test
