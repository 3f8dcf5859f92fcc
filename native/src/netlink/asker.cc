#include "asker.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "framing.h"
#include "group-socket.h"

namespace netlink {
namespace {

/** Receive buffer of an asker, as the kernel counts: about two hundred answers. */
constexpr std::size_t kReceiveBuffer = 1024 * 1024;

/** Share of one request in the receive buffer: an answer of a page with the kernel's overhead, and
 * an acknowledgement. */
constexpr std::size_t kAnswerBytes = 5120;

/** Limit of a datagram in bytes: below the smallest send buffer that is usual. */
constexpr std::size_t kMaxDatagram = 64 * 1024;

void PutHeader(std::uint8_t* at, const MessageHeader& header) {
  std::memcpy(at, &header, sizeof header);
}

/** Returns the positive errno of NLMSG_ERROR, or nothing if it has none: MAX_ERRNO in
 * include/linux/err.h. */
std::optional<std::uint16_t> ErrorIn(const Message& message) {
  if (message.payload().size() < sizeof(std::int32_t)) return std::nullopt;
  const auto error = Load<std::int32_t>(message.payload().data());
  if (error > 0 || error < -4095) return std::nullopt;
  return static_cast<std::uint16_t>(-error);
}

}  // namespace

std::optional<std::size_t> CountRequests(Bytes requests) {
  MessageWalker walker(requests);
  std::size_t count = 0;
  while (const auto message = walker.Next()) {
    const std::uint16_t flags = message->header.flags;
    if ((flags & kFlagRequest) == 0 || (flags & kFlagDump) == kFlagDump) return std::nullopt;
    ++count;
  }
  if (!walker.rest().empty()) return std::nullopt;
  return count;
}

Answers Asker::Ask(std::vector<std::uint8_t> requests, const std::atomic<bool>& abandoned) {
  Answers answers;
  answers.errors.resize(CountRequests(requests).value_or(0));
  answers.failure = AskAll(requests, answers, abandoned);
  if (answers.failure) socket_.reset();
  return answers;
}

std::optional<Failure> Asker::AskAll(std::vector<std::uint8_t>& requests, Answers& answers,
                                     const std::atomic<bool>& abandoned) {
  if (const auto failure = Open()) return failure;
  std::size_t at = 0;
  std::size_t index = 0;
  while (at < requests.size()) {
    if (abandoned) return Failure{FailureCode::kSend, ECANCELED, "sendto"};
    Chunk chunk{.first = index, .count = 0, .sequence = sequence_ + 1, .over = false};
    const std::size_t begin = at;
    std::size_t last = at;
    while (at < requests.size() && chunk.count < chunk_requests_) {
      auto header = Load<MessageHeader>(requests.data() + at);
      if (chunk.count > 0 && at + header.length - begin > kMaxDatagram) break;
      header.sequence = ++sequence_;
      header.port = socket_->port();
      PutHeader(requests.data() + at, header);
      last = at;
      at = std::min(at + AlignFrame(header.length), requests.size());
      ++chunk.count;
    }
    auto ending = Load<MessageHeader>(requests.data() + last);
    ending.flags |= kFlagAck;
    PutHeader(requests.data() + last, ending);
    const auto datagram = Bytes(requests).subspan(begin, at - begin);
    if (const auto failure = AskChunk(datagram, chunk, answers)) return failure;
    index += chunk.count;
  }
  return std::nullopt;
}

std::optional<Failure> Asker::AskChunk(Bytes datagram, Chunk chunk, Answers& answers) {
  if (const auto failure = socket_->Send(datagram)) return failure;
  while (!chunk.over) {
    const auto received = socket_->Receive(buffers_);
    if (const auto* failure = std::get_if<Failure>(&received)) return *failure;
    for (std::size_t i = 0; i < std::get<std::size_t>(received); ++i) {
      if (const auto failure = OnDatagram(buffers_.At(i), chunk, answers)) return failure;
    }
  }
  return std::nullopt;
}

std::optional<Failure> Asker::OnDatagram(const Datagram& datagram, Chunk& chunk, Answers& answers) {
  MessageWalker walker(datagram.bytes);
  if (!socket_->Accepts(datagram)) {
    while (walker.Next()) ++answers.unrelated;
    return std::nullopt;
  }
  if (datagram.truncated) return Failure{FailureCode::kTruncated, 0, "recvmmsg"};
  while (const auto message = walker.Next()) {
    const MessageHeader& header = message->header;
    const std::uint32_t offset = header.sequence - chunk.sequence;
    if (header.port != socket_->port() || offset >= chunk.count) {
      ++answers.unrelated;
      continue;
    }
    const std::size_t request = chunk.first + offset;
    if (header.type == kMessageError) {
      const auto error = ErrorIn(*message);
      if (!error) return Failure{FailureCode::kMalformed, 0, "NLMSG_ERROR"};
      answers.errors[request] = *error;
      if (offset == chunk.count - 1) chunk.over = true;
    } else if (header.type == kMessageOverrun) {
      return Failure{FailureCode::kReceive, 0, "NLMSG_OVERRUN"};
    } else if (header.type != kMessageDone) {
      if (!answers.messages.HasRoom()) return Failure{FailureCode::kFull, 0, "answers"};
      answers.messages.Append(message->bytes);
      answers.requests.push_back(static_cast<std::uint32_t>(request));
    }
  }
  if (!walker.rest().empty() || datagram.bytes.empty()) {
    return Failure{FailureCode::kMalformed, 0, "nlmsghdr"};
  }
  return std::nullopt;
}

std::optional<Failure> Asker::Open() {
  if (socket_) return std::nullopt;
  auto opened = opener_(protocol_);
  if (const auto* failure = std::get_if<Failure>(&opened)) return *failure;
  auto& channel = std::get<Channel>(opened);
  SetReceiveBuffer(channel.fd.get(), kReceiveBuffer);
  chunk_requests_ = std::max<std::size_t>(ReceiveBufferOf(channel.fd.get()) / kAnswerBytes, 1);
  socket_.emplace(std::move(channel));
  return std::nullopt;
}

}  // namespace netlink
