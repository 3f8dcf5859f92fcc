#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../netlink/failure.h"

namespace netlink {

/** One block of packets as the kernel laid it out, and what was lost before it. `PacketBatch` in
 * capture-binding.ts. */
struct PacketBlock {
  std::vector<std::uint8_t> bytes;
  std::uint32_t packets = 0;
  /** Packets that the kernel dropped after those of the previous block and before these. */
  std::uint64_t dropped = 0;
  /** Times that the ring was full, since the previous block. */
  std::uint64_t freezes = 0;
  /** Set when the socket can no longer be used. */
  std::optional<Failure> failure;

  /** True when there is anything to report. */
  bool Any() const { return packets > 0 || dropped > 0 || freezes > 0 || failure.has_value(); }

  /** Bytes that this block holds while it waits. */
  std::size_t Weight() const { return sizeof(PacketBlock) + bytes.size(); }

  /** Removes the contents and keeps the memory. */
  void Clear() {
    bytes.clear();
    packets = 0;
    dropped = 0;
    freezes = 0;
    failure.reset();
  }
};

}  // namespace netlink
