#include "exact-reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <variant>

#include "../netlink/framing.h"
#include "../netlink/group-socket.h"

namespace netlink {
namespace {

/** Receive buffer, as the kernel counts before it doubles it: some four hundred answers. */
constexpr std::size_t kReceiveBuffer = 1024 * 1024;

/** Share of one answer in the receive buffer: a page, with the kernel's overhead. */
constexpr std::size_t kAnswerBytes = 5120;

/** Returns the positive errno of NLMSG_ERROR, or nothing if it has none: MAX_ERRNO in
 * include/linux/err.h. */
std::optional<int> ErrorIn(const Message& message) {
  if (message.payload().size() < sizeof(std::int32_t)) return std::nullopt;
  const auto error = Load<std::int32_t>(message.payload().data());
  if (error >= 0 || error < -4095) return std::nullopt;
  return -error;
}

}  // namespace

std::optional<Failure> ExactReader::Open() {
  if (socket_) return std::nullopt;
  auto opened = opener_(protocol_);
  if (const auto* failure = std::get_if<Failure>(&opened)) return *failure;
  auto& channel = std::get<Channel>(opened);
  SetReceiveBuffer(channel.fd.get(), kReceiveBuffer);
  most_ = std::max<std::size_t>(ReceiveBufferOf(channel.fd.get()) / kAnswerBytes, 1);
  socket_.emplace(std::move(channel));
  return std::nullopt;
}

Result<std::size_t> ExactReader::Read(std::span<const Bytes> requests, const Take& take) {
  if (const auto failure = Open()) return *failure;
  const std::size_t count = std::min(requests.size(), most_);
  datagram_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    auto header = Load<MessageHeader>(requests[i].data());
    header.sequence = sequence_ + static_cast<std::uint32_t>(i);
    header.port = socket_->port();
    const std::size_t at = datagram_.size();
    datagram_.resize(at + AlignFrame(requests[i].size()));
    std::memcpy(datagram_.data() + at, requests[i].data(), requests[i].size());
    std::memcpy(datagram_.data() + at, &header, sizeof header);
  }
  auto failure = socket_->Send(datagram_);
  if (!failure) failure = Receive(count, take);
  sequence_ += static_cast<std::uint32_t>(count);
  if (failure) {
    socket_.reset();
    return *failure;
  }
  return count;
}

std::optional<Failure> ExactReader::Receive(std::size_t count, const Take& take) {
  answered_.assign(count, false);
  left_ = count;
  while (left_ > 0) {
    const auto received = socket_->Receive(buffers_);
    if (const auto* failure = std::get_if<Failure>(&received)) return *failure;
    for (std::size_t i = 0; i < std::get<std::size_t>(received); ++i) {
      if (const auto failure = OnDatagram(buffers_.At(i), count, take)) return failure;
    }
  }
  return std::nullopt;
}

std::optional<Failure> ExactReader::OnDatagram(const Datagram& datagram, std::size_t count,
                                               const Take& take) {
  // Others may send to this socket; only the kernel answers.
  if (!socket_->Accepts(datagram)) return std::nullopt;
  if (datagram.truncated) {
    buffers_.Grow();
    return Failure{FailureCode::kTruncated, 0, "recvmmsg"};
  }
  MessageWalker walker(datagram.bytes);
  while (const auto message = walker.Next()) {
    const MessageHeader& header = message->header;
    const std::size_t request = header.sequence - sequence_;
    if (header.type == kMessageOverrun) return Failure{FailureCode::kReceive, 0, "NLMSG_OVERRUN"};
    if (header.port != socket_->port() || request >= count || answered_[request]) continue;
    answered_[request] = true;
    --left_;
    if (header.type == kMessageError) {
      const auto error = ErrorIn(*message);
      if (!error) return Failure{FailureCode::kMalformed, 0, "NLMSG_ERROR"};
      take({.request = request, .message = {}, .error = *error});
    } else {
      take({.request = request, .message = message->bytes, .error = 0});
    }
  }
  if (!walker.rest().empty() || datagram.bytes.empty()) {
    return Failure{FailureCode::kMalformed, 0, "nlmsghdr"};
  }
  return std::nullopt;
}

}  // namespace netlink
