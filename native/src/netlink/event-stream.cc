#include "event-stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

namespace netlink {
namespace {

// Some libc headers lack these; include/uapi/asm-generic/socket.h.
constexpr int kAttachFilter = 26;  // SO_ATTACH_FILTER
constexpr int kMemInfo = 55;       // SO_MEMINFO

/** SK_MEMINFO_DROPS and SK_MEMINFO_VARS of include/uapi/linux/sock_diag.h. */
constexpr std::size_t kMemInfoDrops = 8;
constexpr std::size_t kMemInfoCount = 9;

/** struct sock_fprog, include/uapi/linux/filter.h. */
struct FilterProgram {
  unsigned short length;
  const FilterInstruction* instructions;
};

/** Buffers for events: a few hundred bytes each, one per datagram. */
constexpr std::size_t kDatagrams = 64;
constexpr std::size_t kDatagramSize = 4096;

Failure SocketFailure(const char* op) { return {FailureCode::kSocket, errno, op}; }

/** Sets the receive buffer, beyond net.core.rmem_max if allowed. Returns whether that was allowed.
 */
bool SetReceiveBuffer(int fd, std::size_t bytes) {
  // The kernel doubles this value, for its overhead (sock_setsockopt).
  const auto half =
      static_cast<int>(std::min<std::size_t>(bytes / 2, std::numeric_limits<int>::max() / 2));
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) == 0) return true;
  // The kernel caps the value without an error. ReceiveBufferOf() reads the actual size.
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof half);
  return false;
}

std::size_t ReceiveBufferOf(int fd) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length);
  return static_cast<std::size_t>(bytes);
}

bool AttachFilter(int fd, const std::vector<FilterInstruction>& filter) {
  const FilterProgram program{.length = static_cast<unsigned short>(filter.size()),
                              .instructions = filter.data()};
  return ::setsockopt(fd, SOL_SOCKET, kAttachFilter, &program, sizeof program) == 0;
}

}  // namespace

Result<EventChannel> OpenKernelEvents(int protocol, const EventSpec& spec) {
  EventChannel channel;
  channel.fd = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!channel.fd) return SocketFailure("socket");
  const int fd = channel.fd.get();
  if (!spec.filter.empty() && !AttachFilter(fd, spec.filter)) {
    if (spec.fallback_filter.empty() || !AttachFilter(fd, spec.fallback_filter)) {
      return SocketFailure("setsockopt");
    }
    channel.grant.fallback = true;
  }
  channel.grant.forced = SetReceiveBuffer(fd, spec.receive_buffer);
  channel.grant.receive_buffer = ReceiveBufferOf(fd);
  const NetlinkAddress address{.family = AF_NETLINK, .pad = 0, .port = 0, .groups = spec.groups};
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return SocketFailure("bind");
  }
  return channel;
}

int ReceiveWaiting(int fd, mmsghdr* headers, unsigned count) {
  return ::recvmmsg(fd, headers, count, MSG_DONTWAIT, nullptr);
}

EventStream::EventStream(EventChannel channel, std::vector<std::uint16_t> data_types)
    : channel_(std::move(channel)),
      data_types_(std::move(data_types)),
      buffers_(kDatagrams, kDatagramSize) {}

EventReport EventStream::Drain(MessageSink& sink, const std::function<bool()>& has_room) {
  EventReport report;
  while (has_room()) {
    const int count = channel_.receive(fd(), buffers_.Prepare(), buffers_.count());
    if (count <= 0) {
      if (count == 0 || errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EINTR) continue;
      if (errno != ENOBUFS) {
        report.failure = Failure{FailureCode::kReceive, errno, "recvmmsg"};
        break;
      }
      // Reported once, before the queued messages. The kernel drops everything until the queue is
      // empty (NETLINK_S_CONGESTED), so empty it now.
      ++report.overruns;
      continue;
    }
    bool truncated = false;
    sink.BeginBatch();
    for (int i = 0; i < count; ++i) {
      const Datagram datagram = buffers_.At(static_cast<std::size_t>(i));
      OnDatagram(datagram, sink, report);
      truncated |= datagram.truncated;
    }
    sink.EndBatch();
    // Only after the last datagram was read: growing replaces the memory.
    if (truncated) buffers_.Grow();
  }
  report.lost = TakeLost();
  return report;
}

void EventStream::OnDatagram(const Datagram& datagram, MessageSink& sink, EventReport& report) {
  MessageWalker walker(datagram.bytes);
  const bool ours = datagram.from_kernel || !channel_.from_kernel_only;
  while (const auto message = walker.Next()) {
    if (!ours) {
      ++report.unrelated;
      continue;
    }
    const bool wanted = std::find(data_types_.begin(), data_types_.end(), message->header.type) !=
                        data_types_.end();
    if (!wanted || sink.OnMessage(message->bytes) != Verdict::kTaken) ++report.discarded;
  }
  // The rest of a truncated message.
  if (!walker.rest().empty() || datagram.bytes.empty()) ++report.discarded;
}

std::uint64_t EventStream::TakeLost() {
  std::array<std::uint32_t, kMemInfoCount> info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd(), SOL_SOCKET, kMemInfo, info.data(), &length) < 0 || length < sizeof info) {
    return 0;
  }
  // A 32-bit counter that wraps.
  const std::uint32_t drops = info[kMemInfoDrops];
  return static_cast<std::uint32_t>(drops - std::exchange(drops_, drops));
}

}  // namespace netlink
