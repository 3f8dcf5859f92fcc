#include "reading.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>

#include "../src/listen/group-reader.h"
#include "../src/netlink/asker.h"
#include "../src/netlink/dump-stream.h"
#include "model.h"
#include "pair.h"

/* What Requester and MessageListener do on their threads, without the threads. */

namespace netlink::fuzz {
namespace {

constexpr std::uint32_t kRequests = 3;

void CheckMessages(const PackedMessages& packed, std::size_t first,
                   const std::vector<Buffer>& expected) {
  Require(packed.spans.size() == (first + expected.size()) * 2, "every message is there once");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t start = packed.spans[2 * (first + i)];
    const std::size_t length = packed.spans[2 * (first + i) + 1];
    Require(start % 8 == 0 && start + length <= packed.data.size(), "a message lies in its array");
    Require(std::ranges::equal(Bytes(packed.data).subspan(start, length), expected[i]),
            "a message is whole");
  }
}

Buffer Request(std::uint16_t flags) {
  const MessageHeader header{.length = 16, .type = 18, .flags = flags, .sequence = 0, .port = 0};
  Buffer bytes(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/** Turns messages with port 0 into answers to one of the requests, or to the one after them. */
void AddressAnswers(Answer& answer, std::uint32_t first) {
  for (Buffer& datagram : answer) {
    MessageWalker walker(datagram);
    while (const auto message = walker.Next()) {
      if (message->header.port != 0) continue;
      MessageHeader header = message->header;
      header.sequence = first + header.sequence % (kRequests + 1);
      header.port = kPort;
      const auto at = static_cast<std::size_t>(message->bytes.data() - datagram.data());
      std::memcpy(datagram.data() + at, &header, sizeof header);
    }
  }
}

/** Plain reading of the answers to a few requests. */
class PlainAnswers {
 public:
  explicit PlainAnswers(std::uint32_t first) : first_(first), errors(kRequests) {}

  /** Takes datagrams up to the end, and removes those after it. Adds one that ends the answer if
   * it has no end. */
  void Take(Answer& answer) {
    std::size_t taken = 0;
    while (taken < answer.size() && !over_ && !failure) TakeDatagram(answer[taken++]);
    answer.resize(taken);
    if (over_ || failure) return;
    answer.push_back({0});
    TakeDatagram(answer.back());
  }

 private:
  void TakeDatagram(const Buffer& datagram) {
    MessageWalker walker(datagram);
    while (const auto message = walker.Next()) {
      if (!TakeMessage(message->header, message->bytes)) return;
    }
    if (!walker.rest().empty() || datagram.empty()) failure = FailureCode::kMalformed;
  }

  /** Returns false after a failure. */
  bool TakeMessage(const MessageHeader& header, Bytes bytes) {
    const bool is_answer =
        header.port == kPort && header.sequence >= first_ && header.sequence < first_ + kRequests;
    if (!is_answer) {
      ++unrelated;
      return true;
    }
    const std::uint32_t request = header.sequence - first_;
    switch (header.type) {
      case kMessageError: {
        const auto error =
            bytes.size() < 20 ? 1 : Load<std::int32_t>(bytes.data() + sizeof(MessageHeader));
        if (error > 0 || error < -4095) return Fail(FailureCode::kMalformed);
        errors[request] = static_cast<std::uint16_t>(-error);
        over_ = over_ || request == kRequests - 1;
        return true;
      }
      case kMessageOverrun:
        return Fail(FailureCode::kReceive);
      case kMessageDone:
        return true;
      default:
        messages.emplace_back(bytes.begin(), bytes.end());
        requests.push_back(request);
        return true;
    }
  }

  bool Fail(FailureCode code) {
    failure = code;
    return false;
  }

  std::uint32_t first_;
  bool over_ = false;

 public:
  std::vector<Buffer> messages;
  std::vector<std::uint32_t> requests;
  std::vector<std::uint16_t> errors;
  std::uint64_t unrelated = 0;
  std::optional<FailureCode> failure;
};

/** Keeps the data messages of a dump. */
class PlainSink : public MessageSink {
 public:
  Verdict OnMessage(Bytes message) override {
    messages.emplace_back(message.begin(), message.end());
    return Verdict::kTaken;
  }
  std::vector<Buffer> messages;
};

}  // namespace

void CheckAsker(Input input) {
  auto pair = std::make_shared<Pair>();
  Asker asker(0, [pair](int) { return pair->Open(); });
  const std::atomic<bool> abandoned = false;
  const Buffer one = Request(kFlagRequest);
  Buffer requests;
  for (std::uint32_t i = 0; i < kRequests; ++i)
    requests.insert(requests.end(), one.begin(), one.end());
  Require(CountRequests(requests) == kRequests, "requests are counted");
  bool open = false;
  std::uint32_t first = 1;
  for (Answer& answer : input.answers) {
    AddressAnswers(answer, first);
    PlainAnswers expected(first);
    expected.Take(answer);
    pair->Queue(answer, open);
    const Answers answers = asker.Ask(requests, abandoned);
    Require(answers.failure.has_value() == expected.failure.has_value(), "asking fails as it must");
    Require(!answers.failure || answers.failure->code == *expected.failure, "it says why");
    Require(answers.errors == expected.errors, "each error is that of its request");
    Require(answers.requests == expected.requests, "each message is that of its request");
    Require(answers.unrelated == expected.unrelated, "every other message is counted");
    CheckMessages(answers.messages, 0, expected.messages);
    open = !answers.failure;
    first += kRequests;
  }
}

void CheckDumpStream(Input input) {
  Answer& answer = input.answers[0];
  // The sizes of parts are of no consequence; their number is.
  const std::size_t part_bytes = answer.empty() ? 1 : 1 + 16 * answer[0].size();
  Address(answer, 1, kPort);
  PlainSink sink;
  Counts counts;
  Exchange exchange(1, kPort, kDataTypes, sink, counts);
  std::size_t taken = 0;
  while (taken < answer.size() && !exchange.over()) {
    exchange.OnDatagram({answer[taken++], false, true});
  }
  answer.resize(taken);
  if (!exchange.over()) {
    answer.push_back({0});
    exchange.OnDatagram({answer.back(), false, true});
  }
  auto pair = std::make_shared<Pair>();
  pair->Queue(answer, false);
  DumpStreamSpec spec;
  spec.request = Request(kFlagRequest | kFlagDump);
  spec.data_types = kDataTypes;
  spec.part_bytes = part_bytes;
  DumpStream stream(std::move(spec), [pair](int) { return pair->Open(); });
  const std::atomic<bool> abandoned = false;
  PackedMessages all;
  for (bool over = false; !over;) {
    const DumpPart part = stream.Next(abandoned);
    for (std::size_t i = 0; i < part.messages.spans.size(); i += 2) {
      all.Append(
          Bytes(part.messages.data).subspan(part.messages.spans[i], part.messages.spans[i + 1]));
    }
    over = part.last || part.failure;
    if (!over) {
      Require(part.messages.data.size() >= part_bytes, "a part is as large as it must be");
      continue;
    }
    const auto failure = exchange.failure();
    const bool interrupted = failure && failure->code == FailureCode::kInterrupted;
    Require(part.interrupted == interrupted, "an interruption is reported at the end");
    Require(part.failure.has_value() == (failure && !interrupted), "a dump fails as it must");
    Require(!part.failure || part.failure->code == failure->code, "it says why");
    Require(part.counts.discarded == counts.discarded && part.counts.unrelated == counts.unrelated,
            "every other message is counted");
  }
  CheckMessages(all, 0, sink.messages);
}

void CheckGroupReader(const Input& input) {
  SocketPair pair = OpenPair(SOCK_DGRAM);
  GroupReader reader(
      EventChannel{.fd = std::move(pair.reader), .grant = {}, .from_kernel_only = false}, false);
  MessageBatch batch;
  for (const Answer& answer : input.answers) {
    for (const Buffer& datagram : answer) {
      std::vector<Buffer> expected;
      MessageWalker walker(datagram);
      while (const auto message = walker.Next()) {
        expected.emplace_back(message->bytes.begin(), message->bytes.end());
      }
      const std::uint64_t broken =
          batch.broken + (!walker.rest().empty() || datagram.empty() ? 1 : 0);
      const std::size_t before = batch.count();
      Send(pair.writer, datagram);
      // Read at once, because the socket could fill up.
      Require(reader.Read(batch, std::size_t{1} << 20), "the queue is empty after a read");
      CheckMessages(batch.messages, before, expected);
      Require(batch.broken == broken, "a broken message is counted");
      Require(batch.receive_ends.back() == batch.count(), "a receive ends behind its messages");
    }
  }
  Require(!batch.failure && batch.lost == 0 && batch.overruns == 0 && batch.unrelated == 0,
          "nothing is lost");
}

}  // namespace netlink::fuzz
