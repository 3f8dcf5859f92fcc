#include "layouts.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace netlink {
namespace {

/** Limit on layouts, which bounds their memory. A machine has about a dozen. */
constexpr std::size_t kMostLayouts = 1024;
/** Length of the longest message whose mask is kept. */
constexpr std::size_t kLongestMessage = 4096;

/** 16 bytes that are compared at once, with the processor's vector instructions. */
using Block = std::uint64_t __attribute__((vector_size(16)));

/** FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/. */
std::uint64_t HashOf(Bytes bytes, std::uint64_t hash) {
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

Block DifferenceAt(const Bytes& a, const Bytes& b, const std::vector<std::uint8_t>& mask,
                   std::size_t at) {
  return (Load<Block>(a.data() + at) ^ Load<Block>(b.data() + at)) & Load<Block>(mask.data() + at);
}

void Count(std::span<std::uint8_t> mask, const std::vector<ByteRange>& ranges) {
  for (const ByteRange& range : ranges) {
    const std::size_t end = std::min(range.end, mask.size());
    const std::size_t start = std::min(range.start, end);
    std::ranges::fill(mask.subspan(start, end - start), 0xff);
  }
}

}  // namespace

bool Layouts::Same(LayoutId layout, Bytes previous, Bytes current) const {
  const std::vector<std::uint8_t>& mask = known_[layout].mask;
  const std::size_t size = current.size();
  if (mask.empty() || previous.size() != size || mask.size() != size) return false;
  // The last block overlaps the one before, so that no byte after the message is read.
  Block difference = DifferenceAt(previous, current, mask, size - sizeof(Block));
  for (std::size_t at = 0; at + sizeof(Block) <= size; at += sizeof(Block)) {
    difference |= DifferenceAt(previous, current, mask, at);
  }
  return (difference[0] | difference[1]) == 0;
}

LayoutId Layouts::Of(Bytes message) {
  const bool whole = message.size() >= shape_.MinimumLength() &&
                     Load<MessageHeader>(message.data()).length == message.size();
  if (!whole || message.size() > kLongestMessage || !ReadHeaders(message)) return kNoLayout;
  const std::uint64_t signature = HashOf(headers_, 0xcbf29ce484222325 ^ message.size());
  const auto found = by_signature_.find(signature);
  if (found != by_signature_.end()) {
    const Layout& layout = known_[found->second];
    const bool same = layout.mask.size() == message.size() && layout.headers == headers_;
    return same ? found->second : kNoLayout;
  }
  if (known_.size() > kMostLayouts) return kNoLayout;
  const auto id = static_cast<LayoutId>(known_.size());
  by_signature_.emplace(signature, id);
  known_.push_back({.mask = MaskOf(message), .headers = headers_});
  return id;
}

bool Layouts::ReadHeaders(Bytes message) {
  headers_.clear();
  AttributeWalker walker(message.subspan(shape_.MinimumLength()));
  while (const auto attribute = walker.Next()) {
    const std::uint8_t* const header = attribute->payload.data() - sizeof(AttributeHeader);
    headers_.insert(headers_.end(), header, header + sizeof(AttributeHeader));
  }
  return walker.done();
}

std::vector<std::uint8_t> Layouts::MaskOf(Bytes message) const {
  std::vector<std::uint8_t> mask(message.size());
  const std::span<std::uint8_t> all(mask);
  Count(all, {{offsetof(MessageHeader, length), sizeof(MessageHeader::length)}});
  Count(all.subspan(sizeof(MessageHeader)), shape_.header);
  AttributeWalker walker(message.subspan(shape_.MinimumLength()));
  while (const auto attribute = walker.Next()) {
    const auto at = static_cast<std::size_t>(attribute->payload.data() - message.data());
    std::ranges::fill(all.subspan(at - sizeof(AttributeHeader), sizeof(AttributeHeader)), 0xff);
    const std::span<std::uint8_t> payload = all.subspan(at, attribute->payload.size());
    const auto rule = std::ranges::find(shape_.attributes, attribute->type, &AttributeRule::type);
    if (rule == shape_.attributes.end()) {
      std::ranges::fill(payload, 0xff);
    } else if (!rule->ignored) {
      Count(payload, rule->ranges);
    }
  }
  return mask;
}

}  // namespace netlink
