#include "../../src/capture/packet-reader.h"

#include <cerrno>
#include <string>

#include "../check.h"
#include "fake-ring.h"

#if __has_include(<linux/if_packet.h>)
#include <linux/if_packet.h>
#endif

namespace netlink::test {
namespace {

#if __has_include(<linux/if_packet.h>)
TEST("ring layout: is that of the kernel's headers") {
  CHECK_EQ(sizeof(BlockHeader), sizeof(tpacket_block_desc));
  CHECK_EQ(offsetof(BlockHeader, status), offsetof(tpacket_block_desc, hdr.bh1.block_status));
  CHECK_EQ(offsetof(BlockHeader, packets), offsetof(tpacket_block_desc, hdr.bh1.num_pkts));
  CHECK_EQ(offsetof(BlockHeader, length), offsetof(tpacket_block_desc, hdr.bh1.blk_len));
  CHECK_EQ(offsetof(BlockHeader, sequence), offsetof(tpacket_block_desc, hdr.bh1.seq_num));
  CHECK_EQ(sizeof(PacketHeader), sizeof(tpacket3_hdr));
  CHECK_EQ(offsetof(PacketHeader, kept), offsetof(tpacket3_hdr, tp_snaplen));
  CHECK_EQ(offsetof(PacketHeader, network_offset), offsetof(tpacket3_hdr, tp_net));
  CHECK_EQ(offsetof(PacketHeader, vlan_tag), offsetof(tpacket3_hdr, hv1.tp_vlan_tci));
  CHECK_EQ(sizeof(LinkAddress), sizeof(sockaddr_ll));
  CHECK_EQ(offsetof(LinkAddress, packet_type), offsetof(sockaddr_ll, sll_pkttype));
  CHECK_EQ(sizeof(PacketFacts), sizeof(tpacket_auxdata));
  CHECK_EQ(sizeof(PacketStatistics), sizeof(tpacket_stats_v3));
  CHECK_EQ(sizeof(RingRequest), sizeof(tpacket_req3));
  CHECK_EQ(kPacketAddMembership, PACKET_ADD_MEMBERSHIP);
  CHECK_EQ(kMembershipPromiscuous, PACKET_MR_PROMISC);
  CHECK_EQ(sizeof(Membership), sizeof(packet_mreq));
  CHECK_EQ(kPacketReceiveRing, PACKET_RX_RING);
  CHECK_EQ(kPacketStatistics, PACKET_STATISTICS);
  CHECK_EQ(kPacketFacts, PACKET_AUXDATA);
  CHECK_EQ(kPacketVersion, PACKET_VERSION);
  CHECK_EQ(static_cast<int>(kRingVersion), static_cast<int>(TPACKET_V3));
  CHECK_EQ(kStatusLosing, static_cast<std::uint32_t>(TP_STATUS_LOSING));
}
#endif

TEST("packet reader: reads closed blocks in order, and gives them back") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  PacketBlock block;
  CHECK(!reader.Read(block));
  CHECK(!block.Any());
  for (std::uint32_t i = 1; i <= 20; ++i) {
    CHECK(ring.Close(i));
    CHECK(reader.Read(block));
    CHECK_EQ(block.packets, i);
    CHECK_EQ(block.bytes.size(), sizeof(BlockHeader) + i * 8);
    CHECK_EQ(static_cast<std::uint32_t>(block.bytes.back()), i);
    CHECK_EQ(block.dropped, 0u);
    block.Clear();
  }
  CHECK(!reader.Read(block));
  reader.CountLosses();
  CHECK(reader.AllRead());
}

TEST("packet reader: a full ring takes no further block until one is read") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  for (std::size_t i = 0; i < FakeRing::kBlocks; ++i) CHECK(ring.Close(1));
  CHECK(!ring.Close(1));
  PacketBlock block;
  CHECK(reader.Read(block));
  CHECK(ring.Close(1));
}

/** Reads all blocks, and returns "packets-dropped" of each in order, e.g. `1 2(9) 3`. */
std::string ReadAll(PacketReader& reader) {
  std::string seen;
  while (true) {
    PacketBlock block;
    const bool any = reader.Read(block);
    if (!any) reader.TakeLost(block);
    if (!block.Any()) return seen;
    seen += " " + std::to_string(block.packets);
    if (block.dropped > 0) seen += "(" + std::to_string(block.dropped) + ")";
  }
}

TEST("packet reader: reports drops with the first block that was closed after them") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(1));
  CHECK(ring.Close(2));
  FakeRing::Drop(9);
  CHECK(ring.Close(3));
  CHECK(ring.Close(4));
  CHECK_EQ(ReadAll(reader), std::string(" 1 2 3(9) 4"));
}

TEST("packet reader: reports drops behind all blocks that were closed before them") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(1));
  CHECK(ring.Close(2));
  FakeRing::Drop(9);
  // As once a second: no block is marked, because the kernel closes the next one later.
  reader.CountLosses();
  CHECK(ring.Close(3));
  CHECK(ring.Close(4));
  CHECK_EQ(ReadAll(reader), std::string(" 1 2 3(9) 4"));
  // Also if a marked one is there already.
  CHECK(ring.Close(5));
  FakeRing::Drop(8);
  CHECK(ring.Close(6));
  reader.CountLosses();
  CHECK(ring.Close(7));
  CHECK_EQ(ReadAll(reader), std::string(" 5 6(8) 7"));
}

TEST("packet reader: a second loss does not move the first one") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(1));
  FakeRing::Drop(5);
  reader.CountLosses();
  CHECK(ring.Close(2));
  FakeRing::Drop(6);
  reader.CountLosses();
  CHECK_EQ(ReadAll(reader), std::string(" 1 2(11)"));
}

TEST("packet reader: reports drops without a block when none is left") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(1));
  FakeRing::Drop(5);
  reader.CountLosses();
  PacketBlock block;
  reader.TakeLost(block);
  CHECK_EQ(block.dropped, 0u);
  CHECK_EQ(ReadAll(reader), std::string(" 1 0(5)"));
}

TEST("packet reader: counts packets that it could not read as dropped at the end") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(7));
  reader.CountLosses();
  CHECK(!reader.AllRead());
  reader.GiveUp();
  CHECK(reader.AllRead());
  PacketBlock block;
  reader.TakeLost(block);
  CHECK_EQ(block.dropped, 7u);
}

TEST("packet reader: reports the error of a socket behind its last block") {
  FakeRing ring;
  PacketReader reader(ring.Open());
  CHECK(ring.Close(1));
  FakeRing::FailNext(ENODEV);
  PacketBlock block;
  CHECK(reader.Read(block));
  CHECK(!block.failure);
  block.Clear();
  CHECK(!reader.Read(block));
  CHECK_EQ(block.failure->error, ENODEV);
  CHECK(block.Any());
}

}  // namespace
}  // namespace netlink::test
