#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../netlink/framing.h"

namespace netlink {

/** A half-open byte range. */
struct ByteRange {
  std::size_t start;
  std::size_t end;
};

/** Rule that says which bytes of one attribute type are compared. Without a rule, all of them. */
struct AttributeRule {
  std::uint16_t type;
  bool ignored;
  std::vector<ByteRange> ranges;
};

/** Shape of a message's payload. Offsets count from the end of nlmsghdr. `MessageShape` in
 * binding.ts. */
struct MessageShape {
  std::size_t key_offset = 0;
  std::size_t attributes_offset = 0;
  std::vector<ByteRange> header;
  std::vector<AttributeRule> attributes;

  /** Returns the length of the shortest message with a key and a complete fixed header. */
  std::size_t MinimumLength() const { return sizeof(MessageHeader) + attributes_offset; }
};

/**
 * Compares two messages under a mask. Keeps its working memory between calls, so that a comparison
 * allocates nothing. Therefore each thread needs its own Comparer.
 */
class Comparer {
 public:
  explicit Comparer(MessageShape shape) : shape_(std::move(shape)) {}

  /** Returns whether two messages (with nlmsghdr) differ. A message that does not parse always
   * differs. */
  bool Differs(Bytes previous, Bytes current);

  const MessageShape& shape() const { return shape_; }

 private:
  /** An attribute and its position: of several with the same type, the last one counts. */
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
