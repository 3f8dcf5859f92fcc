#include "input.h"

#include <algorithm>

#include "../src/netlink/framing.h"

namespace netlink::fuzz {
namespace {

/** Number of datagrams that always fit in the buffer of a socket pair. */
constexpr std::size_t kMaxDatagrams = 64;
constexpr std::size_t kMaxAnswers = 16;
constexpr std::uint16_t kBeginsAnswer = 0x8000;

/** Returns the shape of inet_diag_msg that the collector uses. */
MessageShape SocketShape() {
  return {.key_offset = 44,
          .attributes_offset = 72,
          .header = {{1, 2}},
          .attributes = {{2, false, {{0, 44}, {60, 168}}}, {18, true, {}}}};
}

/** Returns a small shape, whose attributes the fuzzer can find by chance. */
MessageShape SmallShape() {
  return {.key_offset = 0,
          .attributes_offset = 8,
          .header = {},
          .attributes = {{1, false, {{2, 5}, {7, 9}}}, {2, true, {}}}};
}

}  // namespace

Input ReadInput(Bytes bytes) {
  Input input{SmallShape(), {{}}};
  if (bytes.empty()) return input;
  if ((bytes[0] & 1) != 0) input.shape = SocketShape();
  Bytes rest = bytes.subspan(1);
  while (rest.size() >= 2) {
    const auto head = Load<std::uint16_t>(rest.data());
    const std::size_t length = std::min<std::size_t>(head & ~kBeginsAnswer, rest.size() - 2);
    if ((head & kBeginsAnswer) != 0) {
      if (input.answers.size() == kMaxAnswers) break;
      input.answers.emplace_back();
    }
    const Bytes datagram = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    if (input.answers.back().size() < kMaxDatagrams) {
      input.answers.back().emplace_back(datagram.begin(), datagram.end());
    }
  }
  return input;
}

void Address(Answer& answer, std::uint32_t sequence, std::uint32_t port) {
  for (Buffer& datagram : answer) {
    MessageWalker walker(datagram);
    while (const auto message = walker.Next()) {
      if (message->header.port != 0) continue;
      MessageHeader header = message->header;
      header.sequence = sequence;
      header.port = port;
      const std::size_t at = static_cast<std::size_t>(message->bytes.data() - datagram.data());
      std::memcpy(datagram.data() + at, &header, sizeof header);
    }
  }
}

}  // namespace netlink::fuzz
