#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire.h"

namespace netlink {

/** Messages in one array, each aligned to 8 bytes, with their positions. */
struct PackedMessages {
  std::vector<std::uint8_t> data;
  /** Pairs (offset, length) into `data`. */
  std::vector<std::uint32_t> spans;
  /** Size in bytes from which no message is added: offsets have 32 bits, and one JavaScript array
   * holds all messages. */
  std::size_t limit = std::size_t{1} << 30;

  void Append(Bytes message) {
    spans.push_back(static_cast<std::uint32_t>(data.size()));
    spans.push_back(static_cast<std::uint32_t>(message.size()));
    data.insert(data.end(), message.begin(), message.end());
    data.resize((data.size() + 7) & ~std::size_t{7});
  }

  /** Removes the messages and keeps the memory. */
  void Clear() {
    data.clear();
    spans.clear();
  }

  bool HasRoom() const { return data.size() < limit; }
};

}  // namespace netlink
