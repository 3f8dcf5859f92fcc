#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../util/bytes.h"
#include "ring-layout.h"

namespace netlink {

/** A block that the kernel has closed. */
struct ClosedBlock {
  Bytes bytes;
  std::uint32_t packets;
  /** True if packets were dropped between the last reading of the statistics and its closing. */
  bool losing;
};

/** Blocks of a ring, in the order in which the kernel fills them. */
class BlockRing {
 public:
  BlockRing(std::uint8_t* memory, std::size_t block_bytes, std::size_t block_count)
      : memory_(memory), block_bytes_(block_bytes), block_count_(block_count) {}

  /** Returns the next block, or one further `ahead`, if the kernel has closed it. */
  std::optional<ClosedBlock> Closed(std::size_t ahead = 0) const;

  /** Number of closed blocks from the next one on that were closed before anything was dropped. */
  std::size_t ClosedBeforeLoss() const;

  /** Gives the next block back to the kernel. */
  void Release();

 private:
  std::uint8_t* At(std::size_t ahead) const {
    return memory_ + (next_ + ahead) % block_count_ * block_bytes_;
  }
  /** The status of a block, which the kernel changes at any time. */
  static std::atomic_ref<std::uint32_t> Status(std::uint8_t* block) {
    return std::atomic_ref(
        *reinterpret_cast<std::uint32_t*>(block + offsetof(BlockHeader, status)));
  }

  std::uint8_t* memory_;
  std::size_t block_bytes_;
  std::size_t block_count_;
  std::size_t next_ = 0;
};

}  // namespace netlink
