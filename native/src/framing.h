#pragma once

#include <optional>

#include "wire.h"

namespace netlink {

/** One netlink message inside a datagram: its header, and all its bytes from the header on. */
struct Message {
  MessageHeader header;
  Bytes bytes;

  Bytes payload() const { return bytes.subspan(sizeof(MessageHeader)); }
};

/** Walks the messages of one datagram. Never reads outside it, whatever the lengths in it say. */
class MessageWalker {
 public:
  explicit MessageWalker(Bytes datagram) : rest_(datagram) {}

  /** The next message; nothing at the end, and nothing at a message that does not fit. */
  std::optional<Message> Next();

  /** Bytes that Next() has not returned: none when the framing is sound and the walk is over. */
  Bytes rest() const { return rest_; }

 private:
  Bytes rest_;
};

/** One attribute: its number under NLA_TYPE_MASK, and its payload. */
struct Attribute {
  std::uint16_t type;
  Bytes payload;
};

/** Walks netlink attributes, with the same promises. */
class AttributeWalker {
 public:
  explicit AttributeWalker(Bytes attributes) : rest_(attributes) {}

  std::optional<Attribute> Next();

  /** Whether no attribute is left, not even a broken one: up to 3 bytes are padding. */
  bool done() const { return rest_.size() < sizeof(AttributeHeader); }

 private:
  Bytes rest_;
};

}  // namespace netlink
