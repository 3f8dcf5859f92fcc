#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "../src/netlink/wire.h"
#include "../src/table/mask.h"

/* Hand-written netlink messages: an 8-byte key, 8 bytes of header, attributes. */

namespace netlink::test {

using Buffer = std::vector<std::uint8_t>;

inline constexpr std::uint16_t kDataType = 20;
inline constexpr std::uint16_t kDumpFlags = kFlagRequest | kFlagDump;

inline Buffer Join(std::initializer_list<Buffer> parts) {
  Buffer all;
  for (const Buffer& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

template <typename T>
Buffer BytesOf(const T& value) {
  Buffer bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline Buffer Padded(Buffer bytes) {
  bytes.resize(AlignFrame(bytes.size()));
  return bytes;
}

inline Buffer Text(const std::string& text) { return {text.begin(), text.end()}; }

inline Buffer Attr(std::uint16_t type, const Buffer& payload) {
  const AttributeHeader header{static_cast<std::uint16_t>(sizeof(AttributeHeader) + payload.size()),
                               type};
  return Padded(Join({BytesOf(header), payload}));
}

inline Buffer Msg(const MessageHeader& header, const Buffer& payload) {
  MessageHeader framed = header;
  framed.length = static_cast<std::uint32_t>(sizeof framed + payload.size());
  return Join({BytesOf(framed), payload});
}

/** Returns the payload of a data message. */
inline Buffer KeyedPayload(std::uint64_t key, const Buffer& attributes = {},
                           std::uint8_t state = 1) {
  Buffer header(8);
  header[0] = state;
  return Join({BytesOf(key), header, attributes});
}

/** Returns the shape of these messages. The first byte after the key is compared, and attributes
 * according to `rules`. */
inline MessageShape KeyedShape(std::vector<AttributeRule> rules = {}) {
  MessageShape shape;
  shape.key_offset = 0;
  shape.attributes_offset = 16;
  shape.header = {{8, 9}};
  shape.attributes = std::move(rules);
  return shape;
}

/** Returns a request for the specification of a source. */
inline Buffer DumpRequest(std::uint16_t type = kDataType) {
  return Msg({.length = 0, .type = type, .flags = kDumpFlags, .sequence = 0, .port = 0}, Buffer(8));
}

}  // namespace netlink::test
