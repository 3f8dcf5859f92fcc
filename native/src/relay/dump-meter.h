#pragma once

#include <algorithm>
#include <cstdint>

#include "../util/clock.h"

namespace netlink::relay {

/** Token bucket for bytes of dumps: a rate, and a burst of one second. */
class DumpMeter {
 public:
  explicit DumpMeter(std::uint64_t bytes_per_sec)
      : rate_(static_cast<double>(bytes_per_sec)), tokens_(rate_) {}

  /** Takes up to `wanted` bytes. Returns how many may be copied. `now` is monotonic. */
  std::uint64_t Take(std::uint64_t wanted, std::int64_t now) {
    const double passed = static_cast<double>(now - last_) / static_cast<double>(kNsPerSecond);
    if (last_ != 0) tokens_ = std::min(rate_, tokens_ + passed * rate_);
    last_ = now;
    const std::uint64_t taken = std::min(wanted, static_cast<std::uint64_t>(tokens_));
    tokens_ -= static_cast<double>(taken);
    return taken;
  }

 private:
  const double rate_;
  double tokens_;
  std::int64_t last_ = 0;
};

}  // namespace netlink::relay
