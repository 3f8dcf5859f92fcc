#include "packet-socket.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace netlink {
namespace {

constexpr std::uint16_t kAllProtocols = 0x0003;  // ETH_P_ALL; others see no outgoing packets
constexpr std::uint16_t kReturn = 0x06;          // BPF_RET | BPF_K
/** Frames only bound the number of packets in older rings; a block must be a multiple of one. */
constexpr std::uint32_t kFrameSize = 2048;

Failure SocketFailure(const char* op) { return {FailureCode::kSocket, errno, op}; }

bool SetPacketOption(int fd, int option, int value) {
  return ::setsockopt(fd, kLevelPacket, option, &value, sizeof value) == 0;
}

std::optional<Failure> MakeRing(PacketChannel& channel, const CaptureSpec& spec) {
  const auto block_size = static_cast<std::uint32_t>(spec.block_bytes);
  const auto block_count = static_cast<std::uint32_t>(spec.block_count);
  const RingRequest request{.block_size = block_size,
                            .block_count = block_count,
                            .frame_size = kFrameSize,
                            .frame_count = block_size / kFrameSize * block_count,
                            .timeout = spec.block_timeout_ms,
                            .private_size = 0,
                            .features = 0};
  const int fd = channel.fd.get();
  if (::setsockopt(fd, kLevelPacket, kPacketReceiveRing, &request, sizeof request) < 0) {
    return SocketFailure("setsockopt");
  }
  channel.ring = Mapping(fd, spec.block_bytes * spec.block_count);
  if (channel.ring.data() == nullptr) return SocketFailure("mmap");
  channel.block_count = spec.block_count;
  return std::nullopt;
}

/** Opens a socket with its filter, and nothing else. */
Result<PacketChannel> OpenFiltered(const CaptureSpec& spec) {
  PacketChannel channel;
  channel.block_bytes = spec.block_bytes;
  channel.block_timeout_ms = spec.block_timeout_ms;
  // Protocol 0: nothing arrives before bind().
  channel.fd = UniqueFd(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!channel.fd) return SocketFailure("socket");
  if (!AttachFilter(channel.fd.get(), spec.filter)) return SocketFailure("setsockopt");
  return channel;
}

std::optional<Failure> PrepareWithoutRing(PacketChannel& channel, const CaptureSpec& spec) {
  const int fd = channel.fd.get();
  SetReceiveBuffer(fd, spec.receive_buffer);
  channel.receive_buffer = ReceiveBufferOf(fd);
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ||
      !SetPacketOption(fd, kPacketFacts, 1)) {
    return SocketFailure("setsockopt");
  }
  return std::nullopt;
}

std::optional<Failure> Bind(int fd, int interface) {
  const LinkAddress address{.family = AF_PACKET,
                            .protocol = htons(kAllProtocols),
                            .interface = interface,
                            .hardware_type = 0,
                            .packet_type = 0,
                            .address_length = 0,
                            .address = {}};
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return SocketFailure("bind");
  }
  return std::nullopt;
}

/** Sets interfaces to promiscuous mode. The kernel undoes it when the socket is closed. */
std::optional<Failure> JoinPromiscuous(int fd, const std::vector<std::int32_t>& interfaces) {
  for (const std::int32_t interface : interfaces) {
    const Membership membership{
        .interface = interface, .type = kMembershipPromiscuous, .address_length = 0, .address = {}};
    if (::setsockopt(fd, kLevelPacket, kPacketAddMembership, &membership, sizeof membership) < 0) {
      return SocketFailure("setsockopt");
    }
  }
  return std::nullopt;
}

}  // namespace

Result<PacketChannel> OpenPackets(const CaptureSpec& spec) {
  auto opened = OpenFiltered(spec);
  if (std::holds_alternative<Failure>(opened)) return opened;
  auto* channel = &std::get<PacketChannel>(opened);
  std::optional<Failure> refused;
  if (spec.block_count > 0) {
    refused = SetPacketOption(channel->fd.get(), kPacketVersion, static_cast<int>(kRingVersion))
                  ? MakeRing(*channel, spec)
                  : SocketFailure("setsockopt");
  }
  if (channel->block_count == 0) {
    // Another socket: this one may have a ring that could not be mapped.
    opened = OpenFiltered(spec);
    if (std::holds_alternative<Failure>(opened)) return opened;
    channel = &std::get<PacketChannel>(opened);
    channel->ring_failure = refused;
    if (const auto failure = PrepareWithoutRing(*channel, spec)) return *failure;
  }
  if (const auto failure = Bind(channel->fd.get(), spec.interface)) return *failure;
  if (const auto failure = JoinPromiscuous(channel->fd.get(), spec.promiscuous)) return *failure;
  return opened;
}

PacketOpener PacketsInside(NamespacePointer place) {
  return [place = std::move(place)](const CaptureSpec& spec) {
    return OpenInside<PacketChannel>(place, [&] { return OpenPackets(spec); });
  };
}

PacketStatistics TakeStatistics(int fd) {
  PacketStatistics statistics{};
  socklen_t length = sizeof statistics;
  // Cannot fail for a packet socket. Without a ring, the kernel writes no freezes.
  ::getsockopt(fd, kLevelPacket, kPacketStatistics, &statistics, &length);
  return statistics;
}

void DropAll(int fd) {
  // Fails only without kernel memory for 8 bytes. Then reading goes on for as long as the reader
  // waits.
  AttachFilter(fd, {{.code = kReturn, .jump_true = 0, .jump_false = 0, .operand = 0}});
}

int TakeError(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0 && error != ENETDOWN) return error;
  LinkAddress bound{};
  length = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
  // packet_notifier() sets the index to -1 when the interface is removed.
  return bound.interface < 0 ? ENODEV : 0;
}

}  // namespace netlink
