#pragma once

#include "../src/scanner.h"
#include "input.h"

namespace netlink::fuzz {

constexpr std::uint32_t kPort = 4711;
inline const std::vector<std::uint16_t> kDataTypes = {18, 20};

/** A source whose only way is one request. */
SourceSpec SourceOf(const MessageShape& shape);

/** The kernel's place: the other end of a socket pair. */
class Pair {
 public:
  Result<Channel> Open();

  /** Queues an answer: at once when the last dump left its socket open, else when it is opened
   * again. */
  void Queue(const Answer& answer, bool open);

 private:
  UniqueFd kernel_;
  Answer waiting_;
};

/** Sends one datagram. */
void Send(const UniqueFd& to, const Buffer& datagram);

/** Both ends of a socket pair that keeps datagrams apart. */
struct Ends {
  UniqueFd reader;
  UniqueFd writer;
};
Ends OpenPair(int type);

}  // namespace netlink::fuzz
