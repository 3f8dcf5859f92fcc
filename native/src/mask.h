#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "framing.h"

namespace netlink {

/** A half-open byte range. */
struct ByteRange {
  std::size_t start;
  std::size_t end;
};

/** How one attribute number counts. Attributes without a rule count whole. */
struct AttributeRule {
  std::uint16_t type;
  bool ignored;
  std::vector<ByteRange> ranges;
};

/** Shape of a message's payload, offsets counted from the end of nlmsghdr. `MessageShape` in
 * binding.ts. */
struct MessageShape {
  std::size_t key_offset = 0;
  std::size_t attributes_offset = 0;
  std::vector<ByteRange> header;
  std::vector<AttributeRule> attributes;

  /** The shortest message that has a key and a whole fixed header. */
  std::size_t MinimumLength() const { return sizeof(MessageHeader) + attributes_offset; }
};

/**
 * Compares two messages under a mask. Keeps its working memory from one call to the next, so that a
 * comparison allocates nothing; for that reason one Comparer serves one thread.
 */
class Comparer {
 public:
  explicit Comparer(MessageShape shape) : shape_(std::move(shape)) {}

  /** Whether two messages (with nlmsghdr) differ. A message that does not parse always differs. */
  bool Differs(Bytes previous, Bytes current);

  const MessageShape& shape() const { return shape_; }

 private:
  /** An attribute and where it stood, for "the last one counts". */
  struct Placed {
    Attribute attribute;
    std::size_t position;
  };

  const AttributeRule* RuleOf(std::uint16_t type) const;
  bool PayloadsDiffer(std::uint16_t type, Bytes previous, Bytes current) const;
  bool SameInStep(Bytes previous, Bytes current) const;
  bool AttributesDiffer(Bytes previous, Bytes current);
  bool Collect(Bytes attributes, std::vector<Placed>& into) const;

  MessageShape shape_;
  std::vector<Placed> previous_;
  std::vector<Placed> current_;
};

}  // namespace netlink
