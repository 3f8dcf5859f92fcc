#include "model.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace netlink::fuzz {
namespace {

/** Compared bytes of each attribute, by type. Of several with the same type, the last one counts.
 */
using Counted = std::map<std::uint16_t, std::string>;

std::string Part(Bytes payload, std::size_t start, std::size_t end) {
  const Bytes part = payload.first(std::min(end, payload.size()));
  return std::string(part.begin() + static_cast<std::ptrdiff_t>(std::min(start, part.size())),
                     part.end());
}

std::string CountedBytes(const std::vector<ByteRange>& ranges, Bytes bytes) {
  std::string all;
  for (const ByteRange& range : ranges) {
    const std::string part = Part(bytes, range.start, range.end);
    all += std::to_string(part.size()) + ":" + part;
  }
  return all;
}

std::optional<Counted> CountedAttributes(const MessageShape& shape, Bytes attributes) {
  Counted counted;
  std::size_t at = 0;
  while (at + sizeof(AttributeHeader) <= attributes.size()) {
    const auto header = Load<AttributeHeader>(attributes.data() + at);
    if (header.length < sizeof header || at + header.length > attributes.size()) {
      return std::nullopt;
    }
    const Bytes payload = attributes.subspan(at + 4, header.length - 4u);
    const auto type = static_cast<std::uint16_t>(header.type & kAttributeTypeMask);
    const auto rule = std::ranges::find(shape.attributes, type, &AttributeRule::type);
    if (rule == shape.attributes.end()) {
      counted[type] = Part(payload, 0, payload.size());
    } else if (!rule->ignored) {
      counted[type] = CountedBytes(rule->ranges, payload);
    }
    at += AlignFrame(header.length);
  }
  return counted;
}

/** Returns the compared parts of a message, or nothing if it does not parse. */
std::optional<std::pair<std::string, Counted>> CountedMessage(const MessageShape& shape,
                                                              Bytes message) {
  if (message.size() < sizeof(MessageHeader)) return std::nullopt;
  const std::size_t length = Load<MessageHeader>(message.data()).length;
  if (length > message.size() || length < shape.MinimumLength()) return std::nullopt;
  const Bytes payload = message.subspan(sizeof(MessageHeader), length - sizeof(MessageHeader));
  auto attributes = CountedAttributes(shape, payload.subspan(shape.attributes_offset));
  if (!attributes) return std::nullopt;
  return std::pair{CountedBytes(shape.header, payload), std::move(*attributes)};
}

}  // namespace

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

bool Parses(const MessageShape& shape, Bytes message) {
  return CountedMessage(shape, message).has_value();
}

bool PlainlyDiffers(const MessageShape& shape, Bytes previous, Bytes current) {
  const auto a = CountedMessage(shape, previous);
  const auto b = CountedMessage(shape, current);
  return !a || !b || *a != *b;
}

Expected Model::Take(Answer& answer, const std::vector<std::uint16_t>& data_types,
                     std::uint32_t sequence, std::uint32_t port) {
  seen_.clear();
  changed_.clear();
  Expected expected;
  Exchange exchange(sequence, port, data_types, *this, expected.counts);
  std::size_t taken = 0;
  for (; taken < answer.size() && !exchange.over(); ++taken) {
    exchange.OnDatagram({answer[taken], false, true});
  }
  answer.resize(taken);
  if (!exchange.over()) {
    answer.push_back({0});
    exchange.OnDatagram({answer.back(), false, true});
  }
  expected.changed = std::move(changed_);
  expected.failure = exchange.failure();
  if (expected.failure) return expected;
  for (const auto& [key, bytes] : known_) {
    if (!seen_.contains(key)) expected.gone.insert(key);
  }
  for (const std::uint64_t key : expected.gone) known_.erase(key);
  return expected;
}

Verdict Model::OnMessage(Bytes message) {
  if (message.size() < shape_.MinimumLength()) return Verdict::kDiscarded;
  const auto key = Load<std::uint64_t>(message.data() + sizeof(MessageHeader) + shape_.key_offset);
  const Buffer bytes(message.begin(), message.end());
  const auto known = known_.find(key);
  if (known == known_.end() || PlainlyDiffers(shape_, known->second, bytes)) {
    changed_.push_back(bytes);
  }
  known_[key] = bytes;
  seen_.insert(key);
  return Verdict::kTaken;
}

}  // namespace netlink::fuzz
