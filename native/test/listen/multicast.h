#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <variant>

#include "../../src/netlink/group-socket.h"
#include "../check.h"
#include "../messages.h"

namespace netlink::test {

/** A multicast group of NETLINK_USERSOCK, in which programs may send, and a sender. Its queue drops
 * and counts like that of any other protocol. */
class Multicast {
 public:
  static constexpr int kProtocol = 2;  // NETLINK_USERSOCK
  static constexpr std::uint32_t kGroup = 7;
  /** Bytes of a receive buffer that holds a few messages: the smallest that the kernel allows. */
  static constexpr std::size_t kSmallBuffer = 1;

  Multicast() : sender_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, kProtocol)) {}

  static EventChannel Open(std::size_t receive_buffer, bool from_kernel_only = false) {
    auto opened = OpenGroups(kProtocol, {.groups = {kGroup}, .receive_buffer = receive_buffer});
    CHECK(std::holds_alternative<EventChannel>(opened));
    auto& channel = std::get<EventChannel>(opened);
    channel.from_kernel_only = from_kernel_only;
    return std::move(channel);
  }

  /** Sends messages with the next keys. */
  void Send(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      SendRaw(Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
                  KeyedPayload(++last_key_)));
    }
  }

  void SendRaw(const Buffer& datagram) {
    const NetlinkAddress to{
        .family = AF_NETLINK, .pad = 0, .port = 0, .groups = std::uint32_t{1} << (kGroup - 1)};
    // Without a listener at port 0 this is ECONNREFUSED, after the group has received it.
    ::sendto(sender_.get(), datagram.data(), datagram.size(), 0,
             reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

 private:
  UniqueFd sender_;
  std::uint64_t last_key_ = 0;
};

/** Returns the keys of the messages in a batch. */
template <typename Batch>
std::vector<std::uint64_t> KeysIn(const Batch& batch) {
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < batch.messages.spans.size(); i += 2) {
    CHECK_EQ(batch.messages.spans[i] % 8, 0u);
    const std::uint8_t* at = batch.messages.data.data() + batch.messages.spans[i];
    keys.push_back(Load<std::uint64_t>(at + sizeof(MessageHeader)));
  }
  return keys;
}

}  // namespace netlink::test
