#include "direct-asker.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <variant>

#include "framing.h"

namespace netlink {

Result<std::int64_t> DirectAsker::Ask(Bytes request, std::span<std::uint8_t> answer) {
  if (!channel_) {
    auto opened = opener_(protocol_);
    if (const auto* failure = std::get_if<Failure>(&opened)) return *failure;
    channel_ = std::move(std::get<Channel>(opened));
  }
  const auto failure = Send(request);
  Result<std::int64_t> result = failure ? *failure : Receive(answer);
  // So that a late answer cannot reach the next call.
  if (std::holds_alternative<Failure>(result)) channel_.reset();
  return result;
}

std::optional<Failure> DirectAsker::Send(Bytes request) {
  request_.assign(request.begin(), request.end());
  auto header = Load<MessageHeader>(request_.data());
  header.sequence = ++sequence_;
  header.port = channel_->port;
  std::memcpy(request_.data(), &header, sizeof header);
  const NetlinkAddress kernel{.family = AF_NETLINK, .pad = 0, .port = 0, .groups = 0};
  const auto* const to = reinterpret_cast<const sockaddr*>(&kernel);
  while (::sendto(channel_->fd.get(), request_.data(), request_.size(), 0, to, sizeof kernel) < 0) {
    if (errno != EINTR) return Failure{FailureCode::kSend, errno, "sendto"};
  }
  return std::nullopt;
}

Result<std::int64_t> DirectAsker::Receive(std::span<std::uint8_t> answer) {
  while (true) {
    NetlinkAddress sender{};
    socklen_t length = sizeof sender;
    const ssize_t received =
        ::recvfrom(channel_->fd.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_TRUNC,
                   reinterpret_cast<sockaddr*>(&sender), &length);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::int64_t{0};
    if (received < 0) return Failure{FailureCode::kReceive, errno, "recvfrom"};
    const auto size = static_cast<std::size_t>(received);
    if (size > answer.size()) return Failure{FailureCode::kTruncated, 0, "recvfrom"};
    const bool foreign = channel_->from_kernel_only && sender.port != 0;
    const auto message = MessageWalker(Bytes(answer).first(size)).Next();
    if (foreign || !message || message->header.sequence != sequence_) continue;
    if (message->header.type != kMessageError) {
      return static_cast<std::int64_t>(message->header.length);
    }
    if (message->payload().size() < sizeof(std::int32_t)) {
      return Failure{FailureCode::kMalformed, 0, "NLMSG_ERROR"};
    }
    return static_cast<std::int64_t>(Load<std::int32_t>(message->payload().data()));
  }
}

}  // namespace netlink
