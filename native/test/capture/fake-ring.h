#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "../../src/capture/packet-socket.h"
#include "../check.h"

namespace netlink::test {

/** A ring in shared memory. This thread takes the role of the kernel. */
class FakeRing {
 public:
  static constexpr std::size_t kBlockBytes = 64 * 1024;
  static constexpr std::size_t kBlocks = 4;

  FakeRing()
      : file_(::memfd_create("ring", MFD_CLOEXEC)),
        sized_(::ftruncate(file_.get(), kBlockBytes * kBlocks) == 0),
        memory_(file_.get(), kBlockBytes * kBlocks) {
    CHECK(sized_ && memory_.data() != nullptr);
    next_statistics_ = {};
    next_error_ = 0;
  }

  /** Returns the reader's end. */
  PacketChannel Open() const {
    PacketChannel channel;
    channel.fd = UniqueFd(::dup(file_.get()));
    channel.ring = Mapping(file_.get(), kBlockBytes * kBlocks);
    channel.block_bytes = kBlockBytes;
    channel.block_count = kBlocks;
    channel.statistics = [](int) { return std::exchange(next_statistics_, PacketStatistics{}); };
    channel.take_error = [](int) { return std::exchange(next_error_, 0); };
    return channel;
  }

  /** Closes the next block with this number of packets, each of 8 bytes. The kernel marks it while
   * statistics with drops were not read. Returns false if the ring is full. */
  bool Close(std::uint32_t packets) {
    std::uint8_t* const block = memory_.data() + closed_ % kBlocks * kBlockBytes;
    std::atomic_ref status(
        *reinterpret_cast<std::uint32_t*>(block + offsetof(BlockHeader, status)));
    if (status.load(std::memory_order_acquire) != 0) return false;
    BlockHeader header{};
    header.version = kRingVersion;
    header.packets = packets;
    header.first_packet = sizeof header;
    header.length = static_cast<std::uint32_t>(sizeof header + packets * 8);
    header.sequence = ++closed_;
    std::memcpy(block, &header, sizeof header);
    std::memset(block + sizeof header, static_cast<int>(closed_), packets * 8);
    const std::uint32_t losing = next_statistics_.drops > 0 ? kStatusLosing : 0;
    status.store(kStatusUser | losing, std::memory_order_release);
    next_statistics_.packets += packets;
    return true;
  }

  /** Drops packets. */
  static void Drop(std::uint32_t packets) {
    next_statistics_.packets += packets;
    next_statistics_.drops += packets;
    ++next_statistics_.freezes;
  }

  static void FailNext(int error) { next_error_ = error; }

 private:
  static inline PacketStatistics next_statistics_{};
  static inline int next_error_ = 0;

  UniqueFd file_;
  bool sized_;
  Mapping memory_;
  std::uint64_t closed_ = 0;
};

}  // namespace netlink::test
