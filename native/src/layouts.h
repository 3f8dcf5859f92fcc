#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "mask.h"

namespace netlink {

/** The number of a layout: which attributes a message has, of which lengths, in which order. */
using LayoutId = std::uint16_t;

/** The layout of a message of which nothing is known, or that does not parse. */
inline constexpr LayoutId kNoLayout = 0;

/**
 * What counts of messages, worked out once for each layout: a mask over the whole message, in which
 * the length and the attributes' headers count too. Messages of one length that are equal under the
 * mask have the same layout, and so differ in nothing that counts; of others a Comparer knows.
 */
class Layouts {
 public:
  explicit Layouts(MessageShape shape) : shape_(std::move(shape)), known_(1) {}

  /** The layout of a message; none if it is not whole, or does not parse. */
  LayoutId Of(Bytes message);

  /** Whether two messages are surely equal in what counts. The first one has this layout. */
  bool Same(LayoutId layout, Bytes previous, Bytes current) const;

 private:
  struct Layout {
    /** 0xff for each byte that counts, for the message's whole length. Of no layout: empty. */
    std::vector<std::uint8_t> mask;
    /** Bytes of the attributes' headers, by which it is known again. */
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
