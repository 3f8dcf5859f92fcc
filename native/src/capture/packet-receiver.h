#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "../netlink/failure.h"
#include "packet-block.h"

namespace netlink {

/** Receives packets one by one into blocks of the layout of a ring, where the kernel refuses one.
 */
class PacketReceiver {
 public:
  explicit PacketReceiver(std::size_t block_bytes) : block_bytes_(block_bytes) {}

  /** Appends queued packets to an empty block until it is full, or the queue is empty. Returns true
   * if the queue was empty. An error of the socket is a failure in the block. */
  bool Receive(int fd, PacketBlock& block);

 private:
  /** Receives one packet at an offset. Returns the bytes that it takes, 0 if none was queued, or a
   * failure. */
  Result<std::size_t> ReceiveOne(int fd, std::size_t offset);
  void Finish(PacketBlock& block, std::size_t used, std::size_t last);

  std::size_t block_bytes_;
  /** Not zeroed: unused parts then take no memory. Null until the first packet. */
  std::unique_ptr<std::uint8_t[]> memory_;
  std::uint64_t sequence_ = 0;
};

}  // namespace netlink
