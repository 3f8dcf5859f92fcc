#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "options.h"

namespace load {

using Bytes = std::span<const std::uint8_t>;

/**
 * What a short connection writes: its number in 8 bytes, then zeros. How many is chosen by the seed
 * and the number, so that the other end knows, too. The reply is as long.
 */
class Payload {
 public:
  /** The number that every connection begins with. */
  static constexpr std::uint64_t kHead = 8;

  /** Of `seed`, `min-bytes` and `max-bytes`, which both ends must be given alike. */
  explicit Payload(Options& options);

  std::uint64_t SizeOf(std::uint64_t number) const;

  /** Bytes to hand to the kernel next: at most `left`, from `offset` on. Valid until the next call.
   */
  Bytes Piece(std::uint64_t number, std::uint64_t offset, std::uint64_t left) const;

 private:
  std::uint64_t seed_;
  std::uint64_t min_;
  std::uint64_t max_;
  mutable std::vector<std::uint8_t> memory_;
};

}  // namespace load
