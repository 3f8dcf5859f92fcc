#include "netlink-socket.h"

#include <sys/time.h>

#include <cerrno>

namespace netlink {
namespace {

// The kernel limits the datagrams of a dump to 32 KiB minus its own overhead (netlink_recvmsg,
// max_recvmsg_len), so larger buffers gain nothing. Only a single message that is longer needs
// more.
constexpr std::size_t kFirstBufferSize = 32 * 1024;
constexpr std::size_t kFirstBufferCount = 8;
constexpr std::size_t kLastBufferSize = 1024 * 1024;

// include/uapi/linux/netlink.h
constexpr int kLevelNetlink = 270;       // SOL_NETLINK
constexpr int kListenAllNamespaces = 8;  // NETLINK_LISTEN_ALL_NSID

constexpr timeval kAnswerTimeout{.tv_sec = 5, .tv_usec = 0};

Failure SystemFailure(FailureCode code, const char* op) { return {code, errno, op}; }

}  // namespace

Result<Channel> OpenKernelChannel(int protocol) {
  Channel channel;
  channel.fd = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!channel.fd) return SystemFailure(FailureCode::kSocket, "socket");
  const int fd = channel.fd.get();
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout) < 0) {
    return SystemFailure(FailureCode::kSocket, "setsockopt");
  }
  NetlinkAddress address{.family = AF_NETLINK, .pad = 0, .port = 0, .groups = 0};
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return SystemFailure(FailureCode::kSocket, "bind");
  }
  // The kernel chose our port (netlink_autobind).
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) < 0) {
    return SystemFailure(FailureCode::kSocket, "getsockname");
  }
  channel.port = address.port;
  return channel;
}

ReceiveBuffers::ReceiveBuffers() : ReceiveBuffers(kFirstBufferCount, kFirstBufferSize) {}

ReceiveBuffers::ReceiveBuffers(std::size_t count, std::size_t size, bool with_nsid)
    : size_(size),
      memory_(std::make_unique_for_overwrite<std::uint8_t[]>(size * count)),
      vectors_(count),
      senders_(count),
      headers_(count),
      controls_(with_nsid ? count : 0) {}

bool ReceiveBuffers::Grow() {
  if (size_ >= kLastBufferSize) return false;
  size_ *= 2;
  memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(size_ * headers_.size());
  return true;
}

mmsghdr* ReceiveBuffers::Prepare() {
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    vectors_[i] = {.iov_base = memory_.get() + i * size_, .iov_len = size_};
    headers_[i] = {};
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = &senders_[i];
    header.msg_namelen = sizeof senders_[i];
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    if (controls_.empty()) continue;
    header.msg_control = &controls_[i];
    header.msg_controllen = sizeof controls_[i];
  }
  return headers_.data();
}

Datagram ReceiveBuffers::At(std::size_t index) const {
  const mmsghdr& header = headers_[index];
  const NetlinkAddress& sender = senders_[index];
  const bool named = header.msg_hdr.msg_namelen == sizeof sender && sender.family == AF_NETLINK;
  return {.bytes = {memory_.get() + index * size_, header.msg_len},
          .truncated = (header.msg_hdr.msg_flags & MSG_TRUNC) != 0,
          .from_kernel = named && sender.port == 0,
          .nsid = controls_.empty() ? kOwnNamespace : NamespaceOf(header.msg_hdr)};
}

std::int32_t ReceiveBuffers::NamespaceOf(const msghdr& header) const {
  const cmsghdr* const control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_level != kLevelNetlink ||
      control->cmsg_type != kListenAllNamespaces ||
      control->cmsg_len != CMSG_LEN(sizeof(std::int32_t))) {
    return kOwnNamespace;
  }
  return Load<std::int32_t>(CMSG_DATA(control));
}

std::optional<Failure> NetlinkSocket::Send(Bytes request) {
  // An unconnected netlink socket sends to the kernel; no address is needed.
  ssize_t sent = 0;
  do {
    sent = ::send(channel_.fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return SystemFailure(FailureCode::kSend, "sendto");
  return std::nullopt;
}

Result<std::size_t> NetlinkSocket::Receive(ReceiveBuffers& buffers) {
  while (true) {
    // Without MSG_WAITFORONE the call would wait until all eight buffers are full.
    const int count =
        ::recvmmsg(channel_.fd.get(), buffers.Prepare(), buffers.count(), MSG_WAITFORONE, nullptr);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || errno == EINTR) continue;
    // After SO_RCVTIMEO the call fails with EAGAIN.
    const bool timeout = errno == EAGAIN || errno == EWOULDBLOCK;
    return SystemFailure(timeout ? FailureCode::kTimeout : FailureCode::kReceive, "recvmmsg");
  }
}

}  // namespace netlink
