/* Target of libFuzzer: uses any bytes as the datagrams of dumps, and checks framing, comparison,
 * exchange, table and scanner, and what requesters and listeners read. `npm run fuzz` builds and
 * runs it. */

#include <algorithm>
#include <atomic>
#include <memory>

#include "../src/table/scanner.h"
#include "events.h"
#include "model.h"
#include "pair.h"
#include "reading.h"

namespace netlink::fuzz {
namespace {

/** Checks that messages follow one another in the datagram, and attributes in their payload. */
std::vector<Buffer> CheckFraming(Bytes datagram) {
  std::vector<Buffer> messages;
  MessageWalker walker(datagram);
  std::size_t at = 0;
  while (const auto message = walker.Next()) {
    Require(message->bytes.data() == datagram.data() + at, "messages follow one another");
    Require(message->bytes.size() == message->header.length, "a message is as long as it says");
    at = std::min(at + AlignFrame(message->header.length), datagram.size());
    Require(walker.rest().size() == datagram.size() - at, "the rest follows the walked messages");
    messages.emplace_back(message->bytes.begin(), message->bytes.end());
    AttributeWalker attributes(message->payload());
    std::size_t bytes = 0;
    while (const auto attribute = attributes.Next()) {
      Require(attribute->type <= kAttributeTypeMask, "a type has no flags");
      bytes += sizeof(AttributeHeader) + attribute->payload.size();
    }
    Require(bytes <= message->payload().size(), "attributes fit in their message");
  }
  return messages;
}

void CheckPair(Comparer& comparer, const Buffer& a, const Buffer& b) {
  const bool expected = PlainlyDiffers(comparer.shape(), a, b);
  Require(comparer.Differs(a, b) == expected, "the comparison agrees with the model");
  Require(comparer.Differs(b, a) == expected, "the comparison is the same both ways");
  Layouts layouts(comparer.shape());
  Require(!layouts.Same(layouts.Of(a), a, b) || !expected, "same messages do not differ");
}

/** Compares every message with itself, the previous one, and a copy with one changed byte. */
void CheckComparison(const MessageShape& shape, const std::vector<Buffer>& messages) {
  Comparer comparer(shape);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Buffer& message = messages[i];
    Require(comparer.Differs(message, message) == !Parses(shape, message),
            "a message that parses does not differ from itself");
    CheckPair(comparer, i == 0 ? Buffer{} : messages[i - 1], message);
    Buffer other = message;
    other[(message[0] * 7u + i * 13u) % other.size()] ^= 1;
    CheckPair(comparer, message, other);
    other.resize(other.size() - 1);
    CheckPair(comparer, message, other);
  }
}

void CheckBatch(const Batch& batch, const Expected& expected) {
  Require(batch.failure.has_value() == expected.failure.has_value(), "a scan fails as it must");
  if (batch.failure) {
    Require(batch.failure->code == expected.failure->code, "a scan says why it failed");
    Require(batch.failure->error == expected.failure->error, "a failure carries its errno");
  }
  Require(batch.seen == expected.counts.seen, "every message is counted");
  Require(batch.discarded == expected.counts.discarded, "every discarded message is counted");
  Require(batch.unrelated == expected.counts.unrelated, "every stray is counted");
  const auto& [data, spans, limit] = batch.changed;
  Require(spans.size() == expected.changed.size() * 2, "only changed messages are reported");
  for (std::size_t i = 0; i < expected.changed.size(); ++i) {
    const std::size_t start = spans[2 * i];
    const std::size_t length = spans[2 * i + 1];
    Require(start % 8 == 0 && start + length <= data.size(), "a changed message lies in the batch");
    Require(std::ranges::equal(Bytes(data).subspan(start, length), expected.changed[i]),
            "a changed message is whole");
  }
  Require(batch.gone.size() == expected.gone.size(), "a key goes once");
  for (const std::uint64_t key : batch.gone) Require(expected.gone.contains(key), "a key is gone");
}

void CheckScanner(Input& input) {
  auto pair = std::make_shared<Pair>();
  Scanner scanner(SourceOf(input.shape), [pair](int) { return pair->Open(); });
  Model model(input.shape);
  const std::atomic<bool> abandoned = false;
  bool open = false;
  std::uint32_t sequence = 0;
  for (Answer& answer : input.answers) {
    Address(answer, ++sequence, kPort);
    Expected expected = model.Take(answer, kDataTypes, sequence, kPort);
    // A refusal of the only query method in NLMSG_DONE, before any data, is reported like any other
    // refusal.
    pair->Queue(answer, open);
    Batch batch;
    scanner.Scan(batch, 0, abandoned);
    if (batch.failure && batch.failure->code == FailureCode::kRefused &&
        expected.failure->code == FailureCode::kDone) {
      expected.failure->code = FailureCode::kRefused;
    }
    CheckBatch(batch, expected);
    open = !batch.failure;
    Require(scanner.Size() == model.known().size(), "the table holds every key once");
    for (const auto& [key, last] : model.known()) {
      Require(scanner.Latest(key) == last, "the table holds the last bytes of a key");
    }
  }
}

}  // namespace
}  // namespace netlink::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netlink::fuzz;
  Input input = ReadInput({data, size});
  for (const Answer& answer : input.answers) {
    for (const Buffer& datagram : answer) CheckComparison(input.shape, CheckFraming(datagram));
  }
  CheckEvents(input);
  CheckAsker(input);
  CheckDumpStream(input);
  CheckGroupReader(input);
  CheckScanner(input);
  return 0;
}
