#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "mask.h"

namespace netlink {

/** Number of a layout. A layout is the order, types and lengths of a message's attributes. */
using LayoutId = std::uint16_t;

/** Layout number of a message that is unknown or does not parse. */
inline constexpr LayoutId kNoLayout = 0;

/**
 * Masks of compared bytes, computed once per layout. A mask covers the whole message, and includes
 * the length and the attributes' headers. Messages of the same length that are equal under the mask
 * have the same layout, and do not differ. For all others a Comparer decides.
 */
class Layouts {
 public:
  explicit Layouts(MessageShape shape) : shape_(std::move(shape)), known_(1) {}

  /** Returns the layout of a message, or kNoLayout if it is incomplete or does not parse. */
  LayoutId Of(Bytes message);

  /** Returns true when two messages are equal under the mask of this layout, which is that of
   * `previous`. False means unknown. */
  bool Same(LayoutId layout, Bytes previous, Bytes current) const;

 private:
  struct Layout {
    /** 0xff for each compared byte of the message, else 0. Empty for kNoLayout. */
    std::vector<std::uint8_t> mask;
    /** Bytes of the attributes' headers, which identify the layout. */
    std::vector<std::uint8_t> headers;
  };

  bool ReadHeaders(Bytes message);
  std::vector<std::uint8_t> MaskOf(Bytes message) const;

  MessageShape shape_;
  std::vector<Layout> known_;
  std::unordered_map<std::uint64_t, LayoutId> by_signature_;
  std::vector<std::uint8_t> headers_;
};

}  // namespace netlink
