#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "../util/bytes.h"

namespace netlink {

/*
 * Values written as text. Each function returns the end of what it wrote, and may write up to
 * kSlack bytes behind it: there must be room for them.
 */

inline constexpr std::size_t kSlack = 16;

/** Longest texts of values in bytes. */
inline constexpr std::size_t kMaxDecimalText = 20;
inline constexpr std::size_t kMaxAddressText = 39;
inline constexpr std::size_t kMaxTimeText = 30;

/** Text that is copied in pieces of kSlack bytes. */
class FixedText {
 public:
  FixedText() = default;
  explicit FixedText(Bytes text) : size_(text.size()), bytes_(text.begin(), text.end()) {
    bytes_.resize((size_ + kSlack - 1) / kSlack * kSlack);
  }

  std::size_t size() const { return size_; }

  std::uint8_t* Put(std::uint8_t* out) const {
    for (std::size_t at = 0; at < bytes_.size(); at += kSlack) {
      std::memcpy(out + at, bytes_.data() + at, kSlack);
    }
    return out + size_;
  }

 private:
  std::size_t size_ = 0;
  std::vector<std::uint8_t> bytes_;
};

/** Reads a big-endian integer at any alignment. The caller has checked the bounds. */
inline std::uint16_t LoadBig16(const std::uint8_t* at) {
  return __builtin_bswap16(Load<std::uint16_t>(at));
}
inline std::uint32_t LoadBig32(const std::uint8_t* at) {
  return __builtin_bswap32(Load<std::uint32_t>(at));
}
inline std::uint64_t LoadBig64(const std::uint8_t* at) {
  return __builtin_bswap64(Load<std::uint64_t>(at));
}

std::uint8_t* PutDecimal(std::uint8_t* out, std::uint64_t value);

/** Writes an address of 4 bytes as a dotted quad. */
std::uint8_t* PutIpv4(std::uint8_t* out, const std::uint8_t* address);

/** Writes an address of 16 bytes as RFC 5952 says, an IPv4-mapped one as a dotted quad. */
std::uint8_t* PutIpv6(std::uint8_t* out, const std::uint8_t* address);

/** Writes nanoseconds since 1970 as a time of RFC 3339 in UTC, without zeros at the end of its
 * fraction. */
std::uint8_t* PutTime(std::uint8_t* out, std::uint64_t ns);

}  // namespace netlink
