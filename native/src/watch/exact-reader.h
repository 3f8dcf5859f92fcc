#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../netlink/failure.h"
#include "../netlink/netlink-socket.h"

namespace netlink {

/** Answer to one request. */
struct ExactAnswer {
  /** Index of the request. */
  std::size_t request;
  /** The message, valid during the call; empty if the kernel gave an error. */
  Bytes message;
  /** Positive errno of NLMSG_ERROR; 0 for a message. */
  int error;
};

/**
 * Asks for many single objects in one datagram, and reads the answers. The kernel queues all of
 * them before the send returns, so nothing waits. Requests must be no dumps, and without NLM_F_ACK:
 * each then has one answer, a message or an error.
 */
class ExactReader {
 public:
  using Take = std::function<void(const ExactAnswer&)>;

  ExactReader(int protocol, ChannelOpener opener)
      : protocol_(protocol), opener_(std::move(opener)) {}

  /** Opens the socket, unless it is open. */
  std::optional<Failure> Open();

  /** Sends as many of the requests as have room for their answers in the receive buffer, and takes
   * these answers. Returns the number of requests. After a failure the socket is closed, so that
   * late answers cannot reach the next call. */
  Result<std::size_t> Read(std::span<const Bytes> requests, const Take& take);

 private:
  std::optional<Failure> Receive(std::size_t count, const Take& take);
  std::optional<Failure> OnDatagram(const Datagram& datagram, std::size_t count, const Take& take);

  int protocol_;
  ChannelOpener opener_;
  ReceiveBuffers buffers_{kBuffers, kBufferBytes};
  std::optional<NetlinkSocket> socket_;
  /** Requests whose answers fit in the receive buffer. */
  std::size_t most_ = 1;
  /** Sequence number of the first request of the current datagram. */
  std::uint32_t sequence_ = 1;
  std::vector<std::uint8_t> datagram_;
  /** For each request of the datagram, whether its answer came. */
  std::vector<bool> answered_;
  std::size_t left_ = 0;

  static constexpr std::size_t kBuffers = 64;
  static constexpr std::size_t kBufferBytes = 8192;
};

}  // namespace netlink
