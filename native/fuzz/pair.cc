#include "pair.h"

#include <sys/socket.h>

#include <cstring>

#include "model.h"

namespace netlink::fuzz {

SourceSpec SourceOf(const MessageShape& shape) {
  SourceSpec source;
  const MessageHeader request{.length = 16, .type = 18, .flags = 0x301, .sequence = 0, .port = 0};
  Buffer bytes(sizeof request);
  std::memcpy(bytes.data(), &request, sizeof request);
  source.dump.query_methods = {{bytes}};
  source.dump.data_types = kDataTypes;
  source.shape = shape;
  return source;
}

void Send(const UniqueFd& to, const Buffer& datagram) {
  const auto sent = ::send(to.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
  Require(sent == static_cast<ssize_t>(datagram.size()), "a datagram fits in the socket");
}

SocketPair OpenPair(int type) {
  int pair[2];
  Require(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == 0, "a socket pair");
  return {UniqueFd(pair[0]), UniqueFd(pair[1])};
}

Result<Channel> Pair::Open() {
  SocketPair pair = OpenPair(SOCK_SEQPACKET);
  kernel_ = std::move(pair.writer);
  for (const Buffer& datagram : waiting_) Send(kernel_, datagram);
  waiting_.clear();
  return Channel{std::move(pair.reader), kPort, false};
}

void Pair::Queue(const Answer& answer, bool open) {
  if (!open) {
    waiting_ = answer;
    return;
  }
  for (const Buffer& datagram : answer) Send(kernel_, datagram);
}

}  // namespace netlink::fuzz
