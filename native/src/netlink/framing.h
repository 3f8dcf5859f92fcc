#pragma once

#include <optional>

#include "wire.h"

namespace netlink {

/** One netlink message in a datagram. `bytes` includes the header. */
struct Message {
  MessageHeader header;
  Bytes bytes;

  Bytes payload() const { return bytes.subspan(sizeof(MessageHeader)); }
};

/** Walks the messages of one datagram. Never reads outside it, even if the lengths in it are wrong.
 */
class MessageWalker {
 public:
  explicit MessageWalker(Bytes datagram) : rest_(datagram) {}

  /** Returns the next message, or nothing at the end or at a message that exceeds the datagram. */
  std::optional<Message> Next();

  /** Bytes that Next() has not returned. Empty after a complete walk of a valid datagram. */
  Bytes rest() const { return rest_; }

 private:
  Bytes rest_;
};

/** One attribute: its type, masked with NLA_TYPE_MASK, and its payload. */
struct Attribute {
  std::uint16_t type;
  Bytes payload;
};

/** Walks netlink attributes. Never reads outside them, even if the lengths in them are wrong. */
class AttributeWalker {
 public:
  explicit AttributeWalker(Bytes attributes) : rest_(attributes) {}

  std::optional<Attribute> Next();

  /** True when no attribute is left, not even a broken one. Up to 3 bytes are padding. */
  bool done() const { return rest_.size() < sizeof(AttributeHeader); }

 private:
  Bytes rest_;
};

}  // namespace netlink
