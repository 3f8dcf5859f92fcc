#include "events.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>

#include "model.h"
#include "pair.h"

namespace netlink::fuzz {
namespace {

/** Expected destroy events. */
struct ExpectedEvents {
  /** Two messages per key: the event, then the last bytes of the key. */
  std::vector<Buffer> messages;
  std::uint64_t discarded = 0;
};

class PlainEvents {
 public:
  PlainEvents(const MessageShape& shape, std::map<std::uint64_t, Buffer> known)
      : shape_(shape), known_(std::move(known)) {}

  void Take(Bytes datagram) {
    MessageWalker walker(datagram);
    while (const auto message = walker.Next()) {
      const bool is_data = std::ranges::find(kDataTypes, message->header.type) != kDataTypes.end();
      if (!is_data || message->bytes.size() < shape_.MinimumLength()) {
        ++expected_.discarded;
        continue;
      }
      const auto key =
          Load<std::uint64_t>(message->bytes.data() + sizeof(MessageHeader) + shape_.key_offset);
      expected_.messages.emplace_back(message->bytes.begin(), message->bytes.end());
      const auto last = known_.find(key);
      expected_.messages.push_back(last == known_.end() ? Buffer{} : last->second);
      // The first destroy event removes the key, so a second one has no last bytes.
      if (last != known_.end()) known_.erase(last);
    }
    if (!walker.rest().empty() || datagram.empty()) ++expected_.discarded;
  }

  const ExpectedEvents& expected() const { return expected_; }
  const std::map<std::uint64_t, Buffer>& known() const { return known_; }

 private:
  const MessageShape& shape_;
  std::map<std::uint64_t, Buffer> known_;
  ExpectedEvents expected_;
};

void CheckDestroyed(const DestroyedKeys& destroyed, const ExpectedEvents& expected) {
  Require(!destroyed.failure && destroyed.overruns == 0, "events do not fail");
  Require(destroyed.discarded == expected.discarded, "every discarded event is counted");
  const auto& [data, spans, limit] = destroyed.messages;
  Require(spans.size() == expected.messages.size() * 2,
          "every event is reported, with its last bytes");
  Require(destroyed.last_scans.size() * 2 == expected.messages.size(), "each with its last scan");
  for (std::size_t i = 0; i < expected.messages.size(); ++i) {
    const std::size_t start = spans[2 * i];
    const std::size_t length = spans[2 * i + 1];
    Require(start % 8 == 0 && start + length <= data.size(), "an event lies in the batch");
    Require(std::ranges::equal(Bytes(data).subspan(start, length), expected.messages[i]),
            "an event and its last bytes are whole");
    if (i % 2 == 0) continue;
    Require((destroyed.last_scans[i / 2] == 1) == !expected.messages[i].empty(),
            "the last scan that saw a key is reported");
  }
}

}  // namespace

void CheckEvents(Input input) {
  if (input.answers.size() < 2) return;
  SourceSpec source = SourceOf(input.shape);
  source.destroy_events =
      EventSpec{.groups = 1, .data_types = kDataTypes, .receive_buffer = 1, .filter = {}};
  auto pair = std::make_shared<Pair>();
  SocketPair events = OpenPair(SOCK_DGRAM);
  const auto open_events = [&](int, const EventSpec&) -> Result<EventChannel> {
    return EventChannel{.fd = std::move(events.reader), .grant = {}, .from_kernel_only = false};
  };
  Scanner scanner(
      std::move(source), [pair](int) { return pair->Open(); }, open_events);
  Require(!scanner.Listen(), "listening begins");

  Model model(input.shape);
  Address(input.answers[0], 1, kPort);
  (void)model.Take(input.answers[0], kDataTypes, 1, kPort);
  pair->Queue(input.answers[0], false);
  Batch batch;
  const std::atomic<bool> abandoned = false;
  scanner.Scan(batch, 0, abandoned);

  PlainEvents plain(input.shape, model.known());
  DestroyedKeys destroyed;
  for (std::size_t i = 1; i < input.answers.size(); ++i) {
    for (const Buffer& datagram : input.answers[i]) {
      Send(events.writer, datagram);
      plain.Take(datagram);
      // Take at once, because the socket could fill up; and no more than the poll thread takes.
      scanner.TakeEvents(destroyed, std::size_t{1} << 20);
    }
  }
  CheckDestroyed(destroyed, plain.expected());
  Require(scanner.Size() == plain.known().size(), "a key with a reported end is forgotten");
  for (const auto& [key, last] : plain.known()) {
    Require(scanner.Latest(key) == last, "the others are as they were");
  }
}

}  // namespace netlink::fuzz
