#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "block-ring.h"
#include "packet-block.h"
#include "packet-receiver.h"
#include "packet-socket.h"

namespace netlink {

/**
 * Reads blocks of packets without waiting, and counts every packet that was lost.
 *
 * The kernel drops packets only while all blocks of the ring are closed: behind the last one, and
 * before the next one that it opens. It marks blocks that it closes after that (TP_STATUS_LOSING)
 * until the statistics are read. So a loss is reported with the first marked block, or behind all
 * blocks that were closed when the statistics reported it. Without a ring, it is reported when the
 * queue was empty.
 */
class PacketReader {
 public:
  explicit PacketReader(PacketChannel channel);

  /** Readable when a block is closed, or a packet waits where there is no ring. */
  int fd() const { return channel_.fd.get(); }
  const PacketChannel& channel() const { return channel_; }

  /** Moves the next block, with what was lost before it, to an empty one. Returns false if no
   * block waited, or the socket failed. */
  bool Read(PacketBlock& block);

  /** Reads the statistics of the socket. */
  void CountLosses();

  /** Moves losses that are not reported yet to a block, if no block comes before them. */
  void TakeLost(PacketBlock& block);

  /** Drops all packets from now on. */
  void Stop() { DropAll(fd()); }

  /** Returns whether all packets were read that the statistics counted as kept. */
  bool AllRead() const { return read_ >= kept_; }

  /** Counts packets that were kept and not read as dropped. */
  void GiveUp();

  /** Closes the socket. No Read() may follow. */
  void Close() { channel_ = PacketChannel(); }

 private:
  bool ReadRing(PacketBlock& block);
  bool Receive(PacketBlock& block);

  PacketChannel channel_;
  /** Absent if there is no ring. */
  std::optional<BlockRing> ring_;
  PacketReceiver receiver_;
  /** Losses that were not reported yet, and the number of blocks before them. */
  std::uint64_t dropped_ = 0;
  std::uint64_t freezes_ = 0;
  std::size_t blocks_before_ = 0;
  /** Packets that the kernel kept, by its statistics, and those that were read. */
  std::uint64_t kept_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace netlink
