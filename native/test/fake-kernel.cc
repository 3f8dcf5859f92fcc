#include "fake-kernel.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "../src/netlink/framing.h"

namespace netlink::test {

void Inquiry::Send(std::initializer_list<Buffer> messages) const {
  Buffer datagram;
  for (const Buffer& message : messages) {
    datagram.resize(AlignFrame(datagram.size()));
    datagram.insert(datagram.end(), message.begin(), message.end());
  }
  SendRaw(datagram);
}

void Inquiry::SendRaw(const Buffer& datagram) const {
  // The reader may have closed its end, as it does after a failure.
  ::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

Buffer Inquiry::Of(std::uint16_t type, const Buffer& payload, std::uint16_t flags) const {
  return Msg(
      {.length = 0, .type = type, .flags = flags, .sequence = header_.sequence, .port = port_},
      payload);
}

Buffer Inquiry::Data(std::uint64_t key, const Buffer& attributes, std::uint16_t flags) const {
  return Of(kDataType, KeyedPayload(key, attributes), flags);
}

Buffer Inquiry::Error(std::int32_t error) const {
  return Of(kMessageError, Join({BytesOf(error), BytesOf(header_)}), 0);
}

FakeKernel::~FakeKernel() {
  for (const UniqueFd& end : event_spec_) ::shutdown(end.get(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

void FakeKernel::Answer(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

ChannelOpener FakeKernel::Opener() {
  return [this](int) -> Result<Channel> {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
      return Failure{FailureCode::kSocket, errno, "socket"};
    }
    // Shorter than the real timeout, but long enough for a busy machine.
    const timeval timeout{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ++opened_;
    event_spec_.emplace_back(fds[1]);
    threads_.emplace_back(&FakeKernel::Serve, this, fds[1]);
    Channel channel;
    channel.fd = UniqueFd(fds[0]);
    channel.port = kPort;
    channel.from_kernel_only = false;
    return channel;
  };
}

void FakeKernel::Serve(int fd) {
  Buffer request(128 * 1024);
  while (true) {
    const ssize_t length = ::recv(fd, request.data(), request.size(), 0);
    if (length < static_cast<ssize_t>(sizeof(MessageHeader))) return;
    ++datagrams_;
    Script script;
    {
      const std::lock_guard lock(mutex_);
      script = script_;
    }
    MessageWalker walker(Bytes(request).first(static_cast<std::size_t>(length)));
    while (const auto message = walker.Next()) script(Inquiry(fd, kPort, message->header));
  }
}

}  // namespace netlink::test
