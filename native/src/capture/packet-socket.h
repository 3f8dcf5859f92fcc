#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "../netlink/failure.h"
#include "../netlink/group-socket.h"
#include "../netlink/network-namespace.h"
#include "../util/fd.h"
#include "../util/mapping.h"
#include "ring-layout.h"

namespace netlink {

/** Settings of a packet socket. */
struct CaptureSpec {
  /** Program for every packet from its IP header on. It returns the number of bytes to keep. */
  std::vector<FilterInstruction> filter;
  /** 0: all interfaces, new ones too. */
  int interface = 0;
  /** Interfaces that are to receive packets for other hosts, too, while the socket is open. */
  std::vector<std::int32_t> promiscuous;
  /** Size of the blocks; a multiple of the page size. */
  std::size_t block_bytes = 0;
  /** Number of the ring's blocks; 0: no ring. */
  std::size_t block_count = 0;
  /** Longest time that a packet waits in a block. */
  std::uint32_t block_timeout_ms = 0;
  /** Receive buffer where there is no ring. */
  std::size_t receive_buffer = 0;
};

/** Reads the statistics of a packet socket, which sets them to 0. */
PacketStatistics TakeStatistics(int fd);

/** Takes the pending error of a packet socket. Returns ENODEV if the interface that it is bound to
 * is gone, and 0 if packets can still arrive: an interface that is down can come up again. */
int TakeError(int fd);

/** A bound packet socket, and its ring. Tests use shared memory instead, and other calls. */
struct PacketChannel {
  UniqueFd fd;
  /** Without memory if there is no ring. */
  Mapping ring;
  std::size_t block_bytes = 0;
  std::size_t block_count = 0;
  std::uint32_t block_timeout_ms = 0;
  /** Why the kernel refused the ring. */
  std::optional<Failure> ring_failure;
  /** Size in bytes as the kernel counts, where there is no ring. */
  std::size_t receive_buffer = 0;
  PacketStatistics (*statistics)(int fd) = TakeStatistics;
  int (*take_error)(int fd) = TakeError;
};

using PacketOpener = std::function<Result<PacketChannel>(const CaptureSpec& spec)>;

/** Opens a packet socket (AF_PACKET, SOCK_DGRAM, ETH_P_ALL) with its filter and its ring. It is
 * bound last, so that no packet arrives unfiltered. Without a ring if the kernel refuses it. */
Result<PacketChannel> OpenPackets(const CaptureSpec& spec);

/** Returns an opener that runs OpenPackets() inside a namespace. */
PacketOpener PacketsInside(NamespacePointer place);

/** Replaces the filter by one that drops every packet. */
void DropAll(int fd);

}  // namespace netlink
