#include "fake-events.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>

#include "check.h"

namespace netlink::test {
namespace {

constexpr std::uint8_t kDestroyedState = 7;

}  // namespace

std::atomic<int> FakeEvents::next_error = 0;

EventOpener FakeEvents::Opener() {
  return [this](int, const EventSpec&) -> Result<EventChannel> {
    const std::lock_guard lock(mutex_);
    ++asked_;
    if (refusal_) return *refusal_;
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
      return Failure{FailureCode::kSocket, errno, "socket"};
    }
    // A test that sends faster than the other end reads waits, but not for ever.
    const timeval timeout{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    end_ = UniqueFd(fds[1]);
    EventChannel channel;
    channel.fd = UniqueFd(fds[0]);
    channel.grant = kGrant;
    channel.from_kernel_only = false;
    channel.receive = Receive;
    return channel;
  };
}

void FakeEvents::Tell(std::initializer_list<std::uint64_t> keys) const {
  for (const std::uint64_t key : keys) TellRaw(Destroyed(key));
}

void FakeEvents::TellRaw(const Buffer& datagram) const {
  const std::lock_guard lock(mutex_);
  const ssize_t sent = ::send(end_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
  CHECK_EQ(sent, static_cast<ssize_t>(datagram.size()));
}

Buffer FakeEvents::Destroyed(std::uint64_t key) {
  return Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
             KeyedPayload(key, Attr(2, {7}), kDestroyedState));
}

void FakeEvents::Refuse(std::optional<Failure> failure) {
  const std::lock_guard lock(mutex_);
  refusal_ = failure;
}

int FakeEvents::Receive(int fd, mmsghdr* headers, unsigned count) {
  if (const int error = next_error.exchange(0)) {
    errno = error;
    return -1;
  }
  return ReceiveWaiting(fd, headers, count);
}

EventSpec EventsOf(unsigned grace_scans, bool required) {
  EventSpec spec;
  spec.groups = 1;
  spec.data_types = {kDataType};
  spec.receive_buffer = FakeEvents::kGrant.receive_buffer;
  spec.grace_scans = grace_scans;
  spec.required = required;
  return spec;
}

Told ToldIn(const DestroyedKeys& destroyed) {
  const auto& [data, spans, limit] = destroyed.messages;
  const auto key_at = [&data, &spans](std::size_t i) {
    if (spans[i + 1] == 0) return std::uint64_t{0};
    CHECK_EQ(spans[i] % 8, 0u);
    const std::uint8_t* at = data.data() + spans[i];
    CHECK_EQ(Load<MessageHeader>(at).length, spans[i + 1]);
    return Load<std::uint64_t>(at + sizeof(MessageHeader));
  };
  CHECK_EQ(spans.size() % 4, 0u);
  Told told;
  for (std::size_t i = 0; i < spans.size(); i += 4) {
    told.keys.push_back(key_at(i));
    told.last.push_back(key_at(i + 2));
  }
  return told;
}

}  // namespace netlink::test
