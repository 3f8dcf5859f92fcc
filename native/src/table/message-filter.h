#pragma once

#include <cstdint>
#include <vector>

#include "../netlink/group-socket.h"
#include "../util/bytes.h"

namespace netlink {

/**
 * Classic BPF that decides about messages, run here instead of in the kernel. Knows the
 * instructions of filters: loads of 1, 2 and 4 bytes (big-endian) at fixed offsets, of constants
 * and of the 16 memory words, stores, AND, jumps forward, and the return of a constant. Rejects a
 * message like the kernel if a load is outside it, and also for any other instruction.
 */
class MessageFilter {
 public:
  /** @param program empty: accepts every message */
  explicit MessageFilter(std::vector<FilterInstruction> program = {})
      : program_(std::move(program)) {}

  /** Returns whether the program accepts a message with its `nlmsghdr`. */
  bool Accepts(Bytes message) const;

 private:
  std::vector<FilterInstruction> program_;
};

}  // namespace netlink
