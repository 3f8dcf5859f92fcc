#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace netlink {

using Bytes = std::span<const std::uint8_t>;

/** Reads a T at any alignment. The caller has checked the bounds. */
template <typename T>
T Load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace netlink
