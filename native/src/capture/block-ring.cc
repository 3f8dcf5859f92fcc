#include "block-ring.h"

#include <algorithm>

namespace netlink {

std::optional<ClosedBlock> BlockRing::Closed(std::size_t ahead) const {
  if (ahead >= block_count_) return std::nullopt;
  std::uint8_t* const block = At(ahead);
  // Pairs with the barrier of prb_close_block(): the block's bytes are there.
  const std::uint32_t status = Status(block).load(std::memory_order_acquire);
  if ((status & kStatusUser) == 0) return std::nullopt;
  const auto header = Load<BlockHeader>(block);
  const std::size_t length = std::min<std::size_t>(header.length, block_bytes_);
  return ClosedBlock{
      .bytes = {block, length}, .packets = header.packets, .losing = (status & kStatusLosing) != 0};
}

std::size_t BlockRing::ClosedBeforeLoss() const {
  std::size_t count = 0;
  while (true) {
    const auto block = Closed(count);
    if (!block || block->losing) return count;
    ++count;
  }
}

void BlockRing::Release() {
  // The kernel may write to the block from now on: all reads come before.
  Status(At(0)).store(0, std::memory_order_release);
  next_ = (next_ + 1) % block_count_;
}

}  // namespace netlink
