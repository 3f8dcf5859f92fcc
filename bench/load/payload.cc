#include "payload.h"

#include <algorithm>
#include <cstring>

#include "report.h"

namespace load {

Payload::Payload(Options& options)
    : seed_(options.Number("seed", 1)),
      min_(options.Number("min-bytes", kHead)),
      max_(options.Number("max-bytes", 2000)),
      memory_(std::size_t{64} << 10) {
  if (min_ < kHead || max_ < min_) throw UsageError("8 <= --min-bytes <= --max-bytes must hold");
}

std::uint64_t Payload::SizeOf(std::uint64_t number) const {
  return min_ + Scramble(seed_, number) % (max_ - min_ + 1);
}

Bytes Payload::Piece(std::uint64_t number, std::uint64_t offset, std::uint64_t left) const {
  std::memset(memory_.data(), 0, kHead);
  // If the kernel took only a part of the number, send the rest.
  std::uint8_t head[kHead];
  std::memcpy(head, &number, kHead);
  if (offset < kHead) std::copy(head + offset, head + kHead, memory_.begin());
  return {memory_.data(), std::min<std::size_t>(left, memory_.size())};
}

}  // namespace load
