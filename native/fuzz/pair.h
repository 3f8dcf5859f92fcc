#pragma once

#include "../src/table/scanner.h"
#include "input.h"

namespace netlink::fuzz {

constexpr std::uint32_t kPort = 4711;
inline const std::vector<std::uint16_t> kDataTypes = {18, 20};

/** Returns a source with a single query method of one request. */
SourceSpec SourceOf(const MessageShape& shape);

/** Fake kernel: the other end of a socket pair. */
class Pair {
 public:
  Result<Channel> Open();

  /** Queues an answer: at once if the socket is still open, else when it is opened again. */
  void Queue(const Answer& answer, bool open);

 private:
  UniqueFd kernel_;
  Answer waiting_;
};

/** Sends one datagram. */
void Send(const UniqueFd& to, const Buffer& datagram);

/** Both ends of a socket pair that preserves datagram boundaries. */
struct SocketPair {
  UniqueFd reader;
  UniqueFd writer;
};
SocketPair OpenPair(int type);

}  // namespace netlink::fuzz
