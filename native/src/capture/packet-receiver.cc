#include "packet-receiver.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <variant>

#include "../util/bytes.h"
#include "ring-layout.h"

namespace netlink {
namespace {

/** Distance of a packet's bytes from its header, which the address follows. */
constexpr std::size_t kDataOffset = AlignPacket(sizeof(PacketHeader) + sizeof(LinkAddress)) + 8;
/** Room for any packet: with BIG TCP they are longer than 64 KiB, but then they are cut. */
constexpr std::size_t kRoom = std::size_t{128} * 1024;
/** The kernel appends link addresses of up to 32 bytes (MAX_ADDR_LEN). */
constexpr std::size_t kAddressSpace = 64;
constexpr std::size_t kControlSpace = 128;

template <typename T>
void Store(std::uint8_t* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
}

void ReadControls(msghdr& message, PacketHeader& header) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    const std::uint8_t* const data = CMSG_DATA(each);
    if (each->cmsg_level == kLevelPacket && each->cmsg_type == kPacketFacts) {
      const auto facts = Load<PacketFacts>(data);
      header.length = facts.length;
      header.status = facts.status;
      header.vlan_tag = facts.vlan_tag;
      header.vlan_protocol = facts.vlan_protocol;
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
      const auto time = Load<timespec>(data);
      header.seconds = static_cast<std::uint32_t>(time.tv_sec);
      header.nanoseconds = static_cast<std::uint32_t>(time.tv_nsec);
    }
  }
}

}  // namespace

bool PacketReceiver::Receive(int fd, PacketBlock& block) {
  if (!memory_) memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(block_bytes_);
  const std::size_t room = std::min(kRoom, block_bytes_ / 2);
  std::size_t used = sizeof(BlockHeader);
  std::size_t last = 0;
  bool empty = false;
  while (!empty && block_bytes_ - used >= room) {
    const auto received = ReceiveOne(fd, used);
    if (const auto* failure = std::get_if<Failure>(&received)) {
      block.failure = *failure;
      break;
    }
    const std::size_t size = std::get<std::size_t>(received);
    empty = size == 0;
    if (empty) break;
    last = used;
    used += size;
    ++block.packets;
  }
  if (block.packets > 0) Finish(block, used, last);
  return empty;
}

Result<std::size_t> PacketReceiver::ReceiveOne(int fd, std::size_t offset) {
  std::uint8_t* const at = memory_.get() + offset;
  alignas(LinkAddress) std::uint8_t address[kAddressSpace]{};
  alignas(cmsghdr) std::uint8_t controls[kControlSpace];
  iovec vector{.iov_base = at + kDataOffset, .iov_len = block_bytes_ - offset - kDataOffset};
  msghdr message{};
  message.msg_name = address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = controls;
  message.msg_controllen = sizeof controls;
  ssize_t received = -1;
  do {
    received = ::recvmsg(fd, &message, MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::size_t{0};
  if (received < 0) return Failure{FailureCode::kReceive, errno, "recvmsg"};
  const std::size_t size = AlignPacket(kDataOffset + static_cast<std::size_t>(received));
  PacketHeader header{};
  header.next = static_cast<std::uint32_t>(size);
  header.kept = static_cast<std::uint32_t>(received);
  header.length = header.kept;
  header.link_offset = kDataOffset;
  header.network_offset = kDataOffset;
  ReadControls(message, header);
  Store(at, header);
  std::memcpy(at + sizeof header, address, sizeof(LinkAddress));
  return std::min(size, block_bytes_ - offset);
}

void PacketReceiver::Finish(PacketBlock& block, std::size_t used, std::size_t last) {
  const auto first = Load<PacketHeader>(memory_.get() + sizeof(BlockHeader));
  auto final = Load<PacketHeader>(memory_.get() + last);
  final.next = 0;
  Store(memory_.get() + last, final);
  const BlockHeader header{.version = kRingVersion,
                           .offset_to_private = sizeof(BlockHeader),
                           .status = kStatusUser,
                           .packets = block.packets,
                           .first_packet = sizeof(BlockHeader),
                           .length = static_cast<std::uint32_t>(used),
                           .sequence = ++sequence_,
                           .first_seconds = first.seconds,
                           .first_nanoseconds = first.nanoseconds,
                           .last_seconds = final.seconds,
                           .last_nanoseconds = final.nanoseconds};
  Store(memory_.get(), header);
  block.bytes.assign(memory_.get(), memory_.get() + used);
}

}  // namespace netlink
