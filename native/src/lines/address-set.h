#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "../util/bytes.h"

namespace netlink {

/** Set of prefixes of addresses. IPv4 addresses are taken as IPv4-mapped ones of IPv6. */
class AddressSet {
 public:
  using Address = std::array<std::uint8_t, 16>;

  static Address MappedOf(const std::uint8_t* ipv4) {
    Address address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::memcpy(address.data() + 12, ipv4, 4);
    return address;
  }

  /** Adds the addresses whose first `bits` bits, at most 128, are those of `address`. */
  void Add(const Address& address, unsigned bits) {
    const auto found = std::find_if(lengths_.begin(), lengths_.end(),
                                    [&](const Length& length) { return length.bits == bits; });
    Length& length = found == lengths_.end() ? lengths_.emplace_back(Length{bits, {}}) : *found;
    const Address prefix = Cut(address, bits);
    const auto place = std::lower_bound(length.prefixes.begin(), length.prefixes.end(), prefix);
    if (place == length.prefixes.end() || *place != prefix) length.prefixes.insert(place, prefix);
  }

  bool Has(const Address& address) const {
    return std::any_of(lengths_.begin(), lengths_.end(), [&](const Length& length) {
      return std::binary_search(length.prefixes.begin(), length.prefixes.end(),
                                Cut(address, length.bits));
    });
  }

 private:
  /** Prefixes of one length, in order. */
  struct Length {
    unsigned bits;
    std::vector<Address> prefixes;
  };

  static Address Cut(const Address& address, unsigned bits) {
    if (bits == 128) return address;
    Address cut{};
    std::memcpy(cut.data(), address.data(), bits / 8);
    if (bits % 8 != 0) {
      const auto mask = static_cast<std::uint8_t>(0xff00U >> (bits % 8));
      cut[bits / 8] = address[bits / 8] & mask;
    }
    return cut;
  }

  std::vector<Length> lengths_;
};

}  // namespace netlink
