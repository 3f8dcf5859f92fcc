#include "packet-reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netlink {

PacketReader::PacketReader(PacketChannel channel)
    : channel_(std::move(channel)), receiver_(channel_.block_bytes) {
  if (channel_.block_count > 0) {
    ring_.emplace(channel_.ring.data(), channel_.block_bytes, channel_.block_count);
  }
}

bool PacketReader::Read(PacketBlock& block) {
  const bool any = ring_ ? ReadRing(block) : Receive(block);
  read_ += block.packets;
  return any && !block.failure;
}

bool PacketReader::ReadRing(PacketBlock& block) {
  const auto closed = ring_->Closed();
  if (!closed) {
    if (const int error = channel_.take_error(fd())) {
      block.failure = Failure{FailureCode::kReceive, error, "poll"};
    }
    return false;
  }
  if (closed->losing) {
    CountLosses();
    blocks_before_ = 0;
  }
  TakeLost(block);
  if (blocks_before_ > 0) --blocks_before_;
  block.bytes.assign(closed->bytes.begin(), closed->bytes.end());
  block.packets = closed->packets;
  ring_->Release();
  return true;
}

bool PacketReader::Receive(PacketBlock& block) {
  TakeLost(block);
  const bool empty = receiver_.Receive(fd(), block);
  if (block.failure && block.failure->error == ENETDOWN) {
    // An interface that is down can come up again.
    block.failure.reset();
    if (const int error = channel_.take_error(fd())) {
      block.failure = Failure{FailureCode::kReceive, error, "recvmsg"};
    }
  }
  if (empty) CountLosses();
  return block.packets > 0;
}

void PacketReader::CountLosses() {
  const PacketStatistics statistics = channel_.statistics(fd());
  kept_ += statistics.packets - statistics.drops;
  if (statistics.drops == 0 && statistics.freezes == 0) return;
  const std::size_t before = ring_ ? ring_->ClosedBeforeLoss() : 0;
  const bool pending = dropped_ > 0 || freezes_ > 0;
  blocks_before_ = pending ? std::min(blocks_before_, before) : before;
  dropped_ += statistics.drops;
  freezes_ += statistics.freezes;
}

void PacketReader::TakeLost(PacketBlock& block) {
  if (blocks_before_ > 0) return;
  block.dropped += std::exchange(dropped_, 0);
  block.freezes += std::exchange(freezes_, 0);
}

void PacketReader::GiveUp() {
  blocks_before_ = 0;
  if (kept_ > read_) dropped_ += kept_ - std::exchange(read_, kept_);
}

}  // namespace netlink
