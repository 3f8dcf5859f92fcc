#include "line-layout.h"

#include <algorithm>

namespace netlink {
namespace {

constexpr double kHashValues = 2'097'152;  // 2^21
constexpr int kUnusedHashBits = 11;

/** Length of a value in a message. */
std::uint32_t BytesOf(LineValue value) {
  switch (value) {
    case LineValue::kUint16:
      return 2;
    case LineValue::kUint32:
    case LineValue::kIpv4:
    case LineValue::kMembers4:
      return 4;
    case LineValue::kUint64:
    case LineValue::kTime:
      return 8;
    case LineValue::kIpv6:
    case LineValue::kMembers16:
      return 16;
    case LineValue::kNone:
    case LineValue::kGiven:
    case LineValue::kKnown:
      break;
  }
  return 0;
}

std::size_t LongestText(const LineLayout& layout, LineValue value) {
  switch (value) {
    case LineValue::kUint16:
    case LineValue::kUint32:
    case LineValue::kUint64:
      return kMaxDecimalText;
    case LineValue::kIpv4:
    case LineValue::kIpv6:
      return kMaxAddressText;
    case LineValue::kTime:
      return kMaxTimeText;
    case LineValue::kMembers4:
    case LineValue::kMembers16:
      return std::max_element(
                 layout.members.begin(), layout.members.end(),
                 [](const FixedText& a, const FixedText& b) { return a.size() < b.size(); })
          ->size();
    case LineValue::kNone:
    case LineValue::kGiven:
    case LineValue::kKnown:
      break;
  }
  return 0;
}

bool Lies(std::uint32_t at, std::uint32_t length, std::uint32_t within) {
  return length <= within && at <= within - length;
}

bool LiesIn(const LineLayout& layout, const std::vector<MessageRange>& ranges) {
  return std::all_of(ranges.begin(), ranges.end(), [&](const MessageRange& range) {
    return Lies(range.at, range.length, layout.length);
  });
}

bool IsRight(const LineLayout& layout, const LineStep& step) {
  const std::uint32_t bytes = BytesOf(step.value);
  switch (step.value) {
    case LineValue::kNone:
      return true;
    case LineValue::kGiven:
      return step.first < kGivenTexts;
    case LineValue::kKnown:
      return step.first < layout.keys.size();
    case LineValue::kMembers4:
    case LineValue::kMembers16:
      return Lies(step.first, bytes, layout.length) && Lies(step.second, bytes, layout.length);
    default:
      return Lies(step.first, bytes, layout.length);
  }
}

bool IsRightKey(const LineLayout& layout, const std::vector<MessageRange>& ranges) {
  if (!LiesIn(layout, ranges)) return false;
  std::size_t bytes = 0;
  for (const MessageRange& range : ranges) bytes += range.length;
  return bytes <= kMaxKeyBytes;
}

std::uint32_t Hashed(const std::uint8_t* bytes, std::uint32_t length, std::uint32_t seed) {
  std::uint32_t hash = seed;
  for (std::uint32_t at = 0; at < length; at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes + at, std::min<std::uint32_t>(4, length - at));
    hash = (hash ^ word) * 0x9e37'79b1U;
    hash ^= hash >> 15;
  }
  return (hash ^ (hash >> 16)) * 0x85eb'ca6bU;
}

}  // namespace

std::optional<std::string> FaultOf(const LineLayout& layout) {
  if (layout.length > kMaxLineMessage) return "length";
  const bool framed = std::all_of(
      layout.frame.begin(), layout.frame.end(),
      [&](const FrameWord& word) { return Lies(word.at, sizeof word.value, layout.length); });
  if (!framed) return "frame";
  const bool stepped =
      layout.steps.size() <= kMaxLineSteps &&
      std::all_of(layout.steps.begin(), layout.steps.end(), [&](const LineStep& step) {
        return step.text.size() <= kMaxTextBytes && IsRight(layout, step);
      });
  if (!stepped) return "steps";
  const bool keyed = std::all_of(layout.keys.begin(), layout.keys.end(),
                                 [&](const auto& ranges) { return IsRightKey(layout, ranges); });
  if (!keyed) return "keys";
  if (!Lies(layout.id_at, sizeof(std::uint32_t), layout.length)) return "idAt";
  if (!LiesIn(layout, layout.hashed)) return "hashed";
  return std::nullopt;
}

std::size_t RoomOf(const LineLayout& layout) {
  std::size_t room = 0;
  for (const LineStep& step : layout.steps) {
    room += step.text.size() + LongestText(layout, step.value);
  }
  return room;
}

double FingerprintOf(const LineLayout& layout, Bytes message) {
  std::uint32_t hash = 0;
  for (const MessageRange& range : layout.hashed) {
    hash = Hashed(message.data() + range.at, range.length, hash);
  }
  return LoadBig32(message.data() + layout.id_at) * kHashValues +
         static_cast<double>(hash >> kUnusedHashBits);
}

}  // namespace netlink
