#include "framing.h"

#include <algorithm>

namespace netlink {

std::optional<Message> MessageWalker::Next() {
  if (rest_.size() < sizeof(MessageHeader)) return std::nullopt;
  const auto header = Load<MessageHeader>(rest_.data());
  if (header.length < sizeof(MessageHeader) || header.length > rest_.size()) return std::nullopt;
  const Message message{header, rest_.first(header.length)};
  // The last message of a datagram need not be padded.
  rest_ = rest_.subspan(std::min(AlignFrame(header.length), rest_.size()));
  return message;
}

std::optional<Attribute> AttributeWalker::Next() {
  if (rest_.size() < sizeof(AttributeHeader)) return std::nullopt;
  const auto header = Load<AttributeHeader>(rest_.data());
  if (header.length < sizeof(AttributeHeader) || header.length > rest_.size()) return std::nullopt;
  const Attribute attribute{static_cast<std::uint16_t>(header.type & kAttributeTypeMask),
                            rest_.first(header.length).subspan(sizeof(AttributeHeader))};
  rest_ = rest_.subspan(std::min(AlignFrame(header.length), rest_.size()));
  return attribute;
}

}  // namespace netlink
