#include "mask.h"

#include <algorithm>
#include <optional>

namespace netlink {
namespace {

bool BytesDiffer(Bytes a, Bytes b) {
  // memcmp must not see the null pointer of an empty span.
  return a.size() != b.size() || (!a.empty() && std::memcmp(a.data(), b.data(), a.size()) != 0);
}

Bytes Clip(Bytes bytes, const ByteRange& range) {
  const std::size_t end = std::min(range.end, bytes.size());
  const std::size_t start = std::min(range.start, end);
  return bytes.subspan(start, end - start);
}

bool RangesDiffer(const std::vector<ByteRange>& ranges, Bytes a, Bytes b) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const ByteRange& range) {
    return BytesDiffer(Clip(a, range), Clip(b, range));
  });
}

/** Returns the payload of a message, if it has at least `minimum` bytes. */
std::optional<Bytes> PayloadOf(Bytes message, std::size_t minimum) {
  const std::optional<Message> parsed = MessageWalker(message).Next();
  if (!parsed || parsed->bytes.size() < minimum) return std::nullopt;
  return parsed->payload();
}

}  // namespace

bool Comparer::Differs(Bytes previous, Bytes current) {
  const auto a = PayloadOf(previous, shape_.MinimumLength());
  const auto b = PayloadOf(current, shape_.MinimumLength());
  if (!a || !b) return true;
  if (RangesDiffer(shape_.header, *a, *b)) return true;
  const Bytes attributes_a = a->subspan(shape_.attributes_offset);
  const Bytes attributes_b = b->subspan(shape_.attributes_offset);
  // The kernel always writes a socket's attributes in the same order, so one pass over both decides
  // nearly every comparison. Another order, or a type that occurs twice, needs the exact
  // comparison.
  return !SameInStep(attributes_a, attributes_b) && AttributesDiffer(attributes_a, attributes_b);
}

const AttributeRule* Comparer::RuleOf(std::uint16_t type) const {
  for (const AttributeRule& rule : shape_.attributes) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

bool Comparer::PayloadsDiffer(std::uint16_t type, Bytes previous, Bytes current) const {
  const AttributeRule* rule = RuleOf(type);
  if (rule == nullptr) return BytesDiffer(previous, current);
  return !rule->ignored && RangesDiffer(rule->ranges, previous, current);
}

bool Comparer::SameInStep(Bytes previous, Bytes current) const {
  AttributeWalker a(previous);
  AttributeWalker b(current);
  while (true) {
    const auto x = a.Next();
    const auto y = b.Next();
    if (!x || !y) return a.done() && b.done() && !x && !y;
    if (x->type != y->type || PayloadsDiffer(x->type, x->payload, y->payload)) return false;
  }
}

bool Comparer::AttributesDiffer(Bytes previous, Bytes current) {
  if (!Collect(previous, previous_) || !Collect(current, current_)) return true;
  return !std::equal(previous_.begin(), previous_.end(), current_.begin(), current_.end(),
                     [this](const Placed& a, const Placed& b) {
                       return a.attribute.type == b.attribute.type &&
                              !PayloadsDiffer(a.attribute.type, a.attribute.payload,
                                              b.attribute.payload);
                     });
}

bool Comparer::Collect(Bytes attributes, std::vector<Placed>& into) const {
  into.clear();
  AttributeWalker walker(attributes);
  while (const auto attribute = walker.Next()) {
    const AttributeRule* rule = RuleOf(attribute->type);
    if (rule == nullptr || !rule->ignored) into.push_back({*attribute, into.size()});
  }
  if (!walker.done()) return false;
  // Sort by type, the last attribute of each type first; then keep only the first of each type.
  std::sort(into.begin(), into.end(), [](const Placed& a, const Placed& b) {
    return a.attribute.type != b.attribute.type ? a.attribute.type < b.attribute.type
                                                : a.position > b.position;
  });
  const auto same = [](const Placed& a, const Placed& b) {
    return a.attribute.type == b.attribute.type;
  };
  into.erase(std::unique(into.begin(), into.end(), same), into.end());
  return true;
}

}  // namespace netlink
