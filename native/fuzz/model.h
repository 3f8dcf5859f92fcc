#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "../src/exchange.h"
#include "input.h"

/* The contract's words as plainly as they can be written, to hold the fast code against. */

namespace netlink::fuzz {

/** Ends the process with the reason when something does not hold. */
void Require(bool holds, const char* what);

/** Whether the attributes of a message are sound. */
bool Parses(const MessageShape& shape, Bytes message);

/** What Comparer::Differs promises. */
bool PlainlyDiffers(const MessageShape& shape, Bytes previous, Bytes current);

/** What a scan must find: the messages that changed, the keys that are gone, and what was counted.
 */
struct Expected {
  std::vector<Buffer> changed;
  std::set<std::uint64_t> gone;
  Counts counts;
  std::optional<Failure> failure;
};

/** Every key and its last bytes. */
class Model : private MessageSink {
 public:
  explicit Model(MessageShape shape) : shape_(std::move(shape)) {}

  /**
   * Takes one answer, and cuts off what comes behind its end: a real socket hands that to the next
   * request, or not. An answer that does not end gets a datagram that ends it.
   */
  Expected Take(Answer& answer, const std::vector<std::uint16_t>& data_types,
                std::uint32_t sequence, std::uint32_t port);

  const std::map<std::uint64_t, Buffer>& known() const { return known_; }

 private:
  Verdict OnMessage(Bytes message) override;

  MessageShape shape_;
  std::map<std::uint64_t, Buffer> known_;
  std::set<std::uint64_t> seen_;
  std::vector<Buffer> changed_;
};

}  // namespace netlink::fuzz
