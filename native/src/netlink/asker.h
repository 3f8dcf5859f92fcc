#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "failure.h"
#include "netlink-socket.h"
#include "packed-messages.h"

namespace netlink {

/** Answers to requests that are no dumps. */
struct Answers {
  PackedMessages messages;
  /** For each message, the index of the request that it answers. */
  std::vector<std::uint32_t> requests;
  /** For each request, the positive errno of its NLMSG_ERROR; 0 without one. */
  std::vector<std::uint16_t> errors;
  /** Messages of other senders or requests. */
  std::uint64_t unrelated = 0;
  std::optional<Failure> failure;
};

/** Returns the number of requests in a buffer: whole messages with NLM_F_REQUEST, none of them a
 * dump, each aligned to 4 bytes. Returns nothing if the buffer is anything else. */
std::optional<std::size_t> CountRequests(Bytes requests);

/**
 * Sends many requests at once over one socket, and matches the answers by their sequence numbers.
 *
 * The kernel processes the requests of one datagram in order, and queues all answers before the
 * send returns. So a datagram has only as many requests as answers fit in the receive buffer. Its
 * last request is sent with NLM_F_ACK, whose acknowledgement ends the answers.
 *
 * After a failure the socket is closed, so that late answers cannot reach the next call.
 */
class Asker {
 public:
  Asker(int protocol, ChannelOpener opener) : protocol_(protocol), opener_(std::move(opener)) {}

  /** Sends requests that CountRequests() accepts, and waits for all answers. Changes their
   * `nlmsg_seq`, `nlmsg_pid` and flags. Gives up between two datagrams when `abandoned` is true. */
  Answers Ask(std::vector<std::uint8_t> requests, const std::atomic<bool>& abandoned);

 private:
  struct Chunk {
    std::size_t first;
    std::size_t count;
    std::uint32_t sequence;
    bool over;
  };

  std::optional<Failure> Open();
  std::optional<Failure> AskAll(std::vector<std::uint8_t>& requests, Answers& answers,
                                const std::atomic<bool>& abandoned);
  std::optional<Failure> AskChunk(Bytes datagram, Chunk chunk, Answers& answers);
  std::optional<Failure> OnDatagram(const Datagram& datagram, Chunk& chunk, Answers& answers);

  int protocol_;
  ChannelOpener opener_;
  ReceiveBuffers buffers_{64, 8192};
  std::optional<NetlinkSocket> socket_;
  std::size_t chunk_requests_ = 1;
  std::uint32_t sequence_ = 0;
};

}  // namespace netlink
