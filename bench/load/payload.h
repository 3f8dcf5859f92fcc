#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "options.h"

namespace load {

using Bytes = std::span<const std::uint8_t>;

/**
 * Data of a short connection: its number in 8 bytes, then zeros. The length depends on the seed and
 * the number, so that the other end knows it. The reply has the same length.
 */
class Payload {
 public:
  /** Size of the number at the beginning, in bytes. */
  static constexpr std::uint64_t kHead = 8;

  /** Reads `seed`, `min-bytes` and `max-bytes`, which must be the same at both ends. */
  explicit Payload(Options& options);

  std::uint64_t SizeOf(std::uint64_t number) const;

  /** Returns the next bytes to send: at most `left`, from `offset`. Valid until the next call. */
  Bytes Piece(std::uint64_t number, std::uint64_t offset, std::uint64_t left) const;

 private:
  std::uint64_t seed_;
  std::uint64_t min_;
  std::uint64_t max_;
  mutable std::vector<std::uint8_t> memory_;
};

}  // namespace load
