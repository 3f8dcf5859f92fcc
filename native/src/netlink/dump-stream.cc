#include "dump-stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

namespace netlink {
namespace {

constexpr std::uint32_t kSequence = 1;
/** Most bytes of a part that are reserved; larger parts grow. */
constexpr std::size_t kMostReserved = 1024 * 1024;
/** Bytes of one receive, which a part may exceed its size by. */
constexpr std::size_t kLastDatagram = 256 * 1024;

}  // namespace

DumpPart DumpStream::Next(const std::atomic<bool>& abandoned) {
  DumpPart part;
  // Memory of growing parts would be copied, and new memory costs a fault for each page.
  collector_.messages.data.reserve(std::min(spec_.part_bytes, kMostReserved) + kLastDatagram);
  if (!exchange_) part.failure = Begin();
  while (!part.failure && !exchange_->over() &&
         collector_.messages.data.size() < spec_.part_bytes) {
    if (abandoned) {
      part.failure = Failure{FailureCode::kReceive, ECANCELED, "recvmmsg"};
    } else {
      part.failure = Receive();
    }
  }
  part.messages = std::exchange(collector_.messages, {});
  part.counts = counts_;
  if (part.failure || !exchange_->over()) return part;
  part.last = true;
  part.failure = exchange_->failure();
  if (part.failure && part.failure->code == FailureCode::kInterrupted) {
    part.failure.reset();
    part.interrupted = true;
  }
  return part;
}

std::optional<Failure> DumpStream::Begin() {
  auto opened = opener_(spec_.protocol);
  if (const auto* failure = std::get_if<Failure>(&opened)) return *failure;
  socket_.emplace(std::move(std::get<Channel>(opened)));
  auto header = Load<MessageHeader>(spec_.request.data());
  header.sequence = kSequence;
  header.port = socket_->port();
  std::memcpy(spec_.request.data(), &header, sizeof header);
  exchange_.emplace(kSequence, socket_->port(), spec_.data_types, collector_, counts_);
  return socket_->Send(spec_.request);
}

std::optional<Failure> DumpStream::Receive() {
  const auto received = socket_->Receive(buffers_);
  if (const auto* failure = std::get_if<Failure>(&received)) return *failure;
  for (std::size_t i = 0; i < std::get<std::size_t>(received); ++i) {
    const Datagram datagram = buffers_.At(i);
    if (socket_->Accepts(datagram)) {
      exchange_->OnDatagram(datagram);
    } else {
      exchange_->OnForeign(datagram);
    }
  }
  return std::nullopt;
}

}  // namespace netlink
