#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "failure.h"
#include "netlink-socket.h"

namespace netlink {

/**
 * Sends single requests on the calling thread. The kernel processes a request while it is sent, and
 * queues its answer before the send returns, so nothing waits.
 */
class DirectAsker {
 public:
  DirectAsker(int protocol, ChannelOpener opener)
      : protocol_(protocol), opener_(std::move(opener)) {}

  /** Sends one request that is no dump, and copies the message that answers it. Returns its length,
   * the negative errno with which the kernel refused the request, or 0 without an answer. */
  Result<std::int64_t> Ask(Bytes request, std::span<std::uint8_t> answer);

 private:
  std::optional<Failure> Send(Bytes request);
  Result<std::int64_t> Receive(std::span<std::uint8_t> answer);

  int protocol_;
  ChannelOpener opener_;
  std::optional<Channel> channel_;
  std::vector<std::uint8_t> request_;
  std::uint32_t sequence_ = 0;
};

}  // namespace netlink
