#pragma once

#include <cstddef>
#include <cstdint>

namespace netlink {

/*
 * The ring of a packet socket, include/uapi/linux/if_packet.h. Defined here because musl has no
 * copy of that header, and a compiler package alone does not include the kernel's. A test compares
 * the two where the header exists.
 */

/** struct tpacket_block_desc with struct tpacket_hdr_v1: the beginning of a block. */
struct BlockHeader {
  std::uint32_t version;
  std::uint32_t offset_to_private;
  std::uint32_t status;
  std::uint32_t packets;
  std::uint32_t first_packet;
  /** Bytes in use, this header included. */
  std::uint32_t length;
  std::uint64_t sequence;
  std::uint32_t first_seconds;
  std::uint32_t first_nanoseconds;
  std::uint32_t last_seconds;
  std::uint32_t last_nanoseconds;
};
static_assert(sizeof(BlockHeader) == 48);

/** struct tpacket3_hdr: the beginning of a packet. */
struct PacketHeader {
  /** Distance to the next packet of the block; 0 for the last. */
  std::uint32_t next;
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  /** Bytes that were kept. */
  std::uint32_t kept;
  std::uint32_t length;
  std::uint32_t status;
  std::uint16_t link_offset;
  std::uint16_t network_offset;
  std::uint32_t hash;
  std::uint32_t vlan_tag;
  std::uint16_t vlan_protocol;
  std::uint16_t padding;
  std::uint8_t reserved[8];
};
static_assert(sizeof(PacketHeader) == 48);

/** struct sockaddr_ll, which follows the header of a packet. */
struct LinkAddress {
  std::uint16_t family;
  std::uint16_t protocol;
  std::int32_t interface;
  std::uint16_t hardware_type;
  std::uint8_t packet_type;
  std::uint8_t address_length;
  std::uint8_t address[8];
};
static_assert(sizeof(LinkAddress) == 20);

/** struct tpacket_auxdata: facts about a packet that is received without a ring. */
struct PacketFacts {
  std::uint32_t status;
  std::uint32_t length;
  std::uint32_t kept;
  std::uint16_t link_offset;
  std::uint16_t network_offset;
  std::uint16_t vlan_tag;
  std::uint16_t vlan_protocol;
};
static_assert(sizeof(PacketFacts) == 20);

/** struct tpacket_stats_v3: packets since the last reading, those dropped included. */
struct PacketStatistics {
  std::uint32_t packets;
  std::uint32_t drops;
  std::uint32_t freezes;
};
static_assert(sizeof(PacketStatistics) == 12);

/** struct tpacket_req3 */
struct RingRequest {
  std::uint32_t block_size;
  std::uint32_t block_count;
  std::uint32_t frame_size;
  std::uint32_t frame_count;
  /** Milliseconds after which a block is closed that is not full. */
  std::uint32_t timeout;
  std::uint32_t private_size;
  std::uint32_t features;
};
static_assert(sizeof(RingRequest) == 28);

/** struct packet_mreq: what an interface is asked to receive besides. */
struct Membership {
  std::int32_t interface;
  std::uint16_t type;
  std::uint16_t address_length;
  std::uint8_t address[8];
};
static_assert(sizeof(Membership) == 16);

inline constexpr int kLevelPacket = 263;          // SOL_PACKET
inline constexpr int kPacketAddMembership = 1;    // PACKET_ADD_MEMBERSHIP
inline constexpr int kPacketReceiveRing = 5;      // PACKET_RX_RING
inline constexpr int kPacketStatistics = 6;       // PACKET_STATISTICS
inline constexpr int kPacketFacts = 8;            // PACKET_AUXDATA
inline constexpr int kPacketVersion = 10;         // PACKET_VERSION
inline constexpr std::uint32_t kRingVersion = 2;  // TPACKET_V3

inline constexpr std::uint16_t kMembershipPromiscuous = 1;  // PACKET_MR_PROMISC

inline constexpr std::uint32_t kStatusUser = 1 << 0;    // TP_STATUS_USER
inline constexpr std::uint32_t kStatusLosing = 1 << 2;  // TP_STATUS_LOSING

/** Alignment of packets in a block: V3_ALIGNMENT of net/packet/af_packet.c. */
inline constexpr std::size_t kPacketAlignment = 8;

constexpr std::size_t AlignPacket(std::size_t size) {
  return (size + kPacketAlignment - 1) & ~(kPacketAlignment - 1);
}

}  // namespace netlink
