#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "../src/netlink/exchange.h"
#include "input.h"

/* A simple model of the contract, to check the fast code. */

namespace netlink::fuzz {

/** Aborts the process with a message if a condition is false. */
void Require(bool holds, const char* what);

/** Returns whether a message and its attributes parse. */
bool Parses(const MessageShape& shape, Bytes message);

/** Returns the result that Comparer::Differs must return. */
bool PlainlyDiffers(const MessageShape& shape, Bytes previous, Bytes current);

/** Expected result of a scan. */
struct Expected {
  std::vector<Buffer> changed;
  std::set<std::uint64_t> gone;
  Counts counts;
  std::optional<Failure> failure;
};

/** Model of the table: every key and its last bytes. */
class Model : private MessageSink {
 public:
  explicit Model(MessageShape shape) : shape_(std::move(shape)) {}

  /**
   * Takes one answer. Removes datagrams after its end, because on a real socket the next request
   * may receive them. If the answer has no end, appends a datagram that ends it.
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
