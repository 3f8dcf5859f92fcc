#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../util/bytes.h"
#include "put-text.h"

namespace netlink {

/** Bytes of a message. */
struct MessageRange {
  std::uint32_t at;
  std::uint32_t length;
};

/** Word, in host order, that tells messages of a layout from others. */
struct FrameWord {
  std::uint32_t at;
  std::uint32_t mask;
  std::uint32_t value;
};

/** Value of a step. The numbers are those of `LineStep` in lines-binding.ts. */
enum class LineValue : std::uint8_t {
  kNone = 0,
  /** Big-endian integers. */
  kUint16 = 1,
  kUint32 = 2,
  kUint64 = 3,
  kIpv4 = 4,
  kIpv6 = 5,
  /** Big-endian u64, nanoseconds since 1970. */
  kTime = 6,
  /** Text that is the same for all messages of a batch. */
  kGiven = 7,
  /** Text that follows from bytes of the message, and was taught. */
  kKnown = 8,
  /** One of four texts: whether two addresses belong to the set. */
  kMembers4 = 9,
  kMembers16 = 10,
};
inline constexpr std::uint32_t kLastLineValue = 10;

/** One step of a line: writes its text, and then its value. */
struct LineStep {
  LineValue value = LineValue::kNone;
  /** Offset of the value; of kGiven and kKnown, the number of the text. */
  std::uint32_t first = 0;
  /** Offset of the second address. */
  std::uint32_t second = 0;
  FixedText text;
};

/** Texts of a line by what is in a message. `LineLayout` in lines-binding.ts. */
struct LineLayout {
  std::uint32_t length = 0;
  std::vector<FrameWord> frame;
  std::vector<LineStep> steps;
  /** Bytes from which each known text follows. */
  std::vector<std::vector<MessageRange>> keys;
  /** Neither address, the first, the second, both. */
  std::array<FixedText, 4> members;
  /** Offset of the u32 that the fingerprint begins with. */
  std::uint32_t id_at = 0;
  std::vector<MessageRange> hashed;
};

inline constexpr std::uint32_t kMaxLineMessage = 64 * 1024;
inline constexpr std::size_t kMaxKeyBytes = 32;
inline constexpr std::size_t kGivenTexts = 2;
inline constexpr std::size_t kMaxTextBytes = 4096;
inline constexpr std::size_t kMaxLineSteps = 128;

/** Returns the fault of a layout, which would read behind a message, or nothing. */
std::optional<std::string> FaultOf(const LineLayout& layout);

/** Returns the room in bytes that a line needs, without known and given texts. */
std::size_t RoomOf(const LineLayout& layout);

/** Returns whether a message has the layout. */
inline bool HasLayout(const LineLayout& layout, Bytes message) {
  if (message.size() != layout.length) return false;
  for (const FrameWord& word : layout.frame) {
    if ((Load<std::uint32_t>(message.data() + word.at) & word.mask) != word.value) return false;
  }
  return true;
}

/** Returns a whole number below 2^53: the u32 at `id_at`, and 21 bits of a hash. */
double FingerprintOf(const LineLayout& layout, Bytes message);

}  // namespace netlink
