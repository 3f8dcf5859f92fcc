#include "group-socket.h"

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

// include/uapi/linux/netlink.h
constexpr int kLevelNetlink = 270;       // SOL_NETLINK
constexpr int kAddMembership = 1;        // NETLINK_ADD_MEMBERSHIP
constexpr int kListenAllNamespaces = 8;  // NETLINK_LISTEN_ALL_NSID

/** Number of groups that the mask of an address can name. */
constexpr std::uint32_t kMaskGroups = 32;

/** SK_MEMINFO_DROPS and SK_MEMINFO_VARS of include/uapi/linux/sock_diag.h. */
constexpr std::size_t kMemInfoDrops = 8;
constexpr std::size_t kMemInfoCount = 9;

/** struct sock_fprog, include/uapi/linux/filter.h. */
struct FilterProgram {
  unsigned short length;
  const FilterInstruction* instructions;
};

Failure SocketFailure(const char* op) { return {FailureCode::kSocket, errno, op}; }

bool SetNetlinkOption(int fd, int option, int value) {
  return ::setsockopt(fd, kLevelNetlink, option, &value, sizeof value) == 0;
}

std::optional<Failure> JoinGroups(int fd, const std::vector<std::uint32_t>& groups) {
  NetlinkAddress address{.family = AF_NETLINK, .pad = 0, .port = 0, .groups = 0};
  for (const std::uint32_t group : groups) {
    if (group <= kMaskGroups) address.groups |= std::uint32_t{1} << (group - 1);
  }
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return SocketFailure("bind");
  }
  for (const std::uint32_t group : groups) {
    if (group > kMaskGroups && !SetNetlinkOption(fd, kAddMembership, static_cast<int>(group))) {
      return SocketFailure("setsockopt");
    }
  }
  return std::nullopt;
}

}  // namespace

Result<EventChannel> OpenGroups(int protocol, const GroupSpec& spec) {
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
  if (spec.all_namespaces && !SetNetlinkOption(fd, kListenAllNamespaces, 1)) {
    return SocketFailure("setsockopt");
  }
  if (const auto failure = JoinGroups(fd, spec.groups)) return *failure;
  return channel;
}

int ReceiveWaiting(int fd, mmsghdr* headers, unsigned count) {
  return ::recvmmsg(fd, headers, count, MSG_DONTWAIT, nullptr);
}

bool AttachFilter(int fd, const std::vector<FilterInstruction>& filter) {
  const FilterProgram program{.length = static_cast<unsigned short>(filter.size()),
                              .instructions = filter.data()};
  return ::setsockopt(fd, SOL_SOCKET, kAttachFilter, &program, sizeof program) == 0;
}

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

std::uint64_t DropCounter::Take(int fd) {
  std::array<std::uint32_t, kMemInfoCount> info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd, SOL_SOCKET, kMemInfo, info.data(), &length) < 0 || length < sizeof info) {
    return 0;
  }
  // A 32-bit counter that wraps.
  const std::uint32_t drops = info[kMemInfoDrops];
  return static_cast<std::uint32_t>(drops - std::exchange(drops_, drops));
}

}  // namespace netlink
