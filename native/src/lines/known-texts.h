#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "line-layout.h"

namespace netlink {

/**
 * Texts that follow from a few bytes of a message. Of two keys in the same place the later one
 * stays, so their number is bounded.
 */
class KnownTexts {
 public:
  explicit KnownTexts(std::vector<MessageRange> ranges)
      : ranges_(std::move(ranges)), entries_(kPlaces) {}

  /** Returns the text for a message; null if it is not known. */
  const FixedText* Find(Bytes message) const {
    const Key key = KeyOf(message);
    const Entry& entry = entries_[PlaceOf(key)];
    return entry.used && entry.key == key ? &entry.text : nullptr;
  }

  /** Keeps the text for messages with the same bytes. */
  void Put(Bytes message, FixedText text) {
    const Key key = KeyOf(message);
    if (text.size() > longest_) longest_ = text.size();
    entries_[PlaceOf(key)] = {.used = true, .key = key, .text = std::move(text)};
  }

  /** Length of the longest text up to now. */
  std::size_t longest() const { return longest_; }

 private:
  static constexpr std::size_t kPlaces = 256;
  static constexpr std::size_t kWords = kMaxKeyBytes / sizeof(std::uint64_t);
  using Key = std::array<std::uint64_t, kWords>;

  struct Entry {
    bool used = false;
    Key key{};
    FixedText text;
  };

  Key KeyOf(Bytes message) const {
    Key key{};
    auto* at = reinterpret_cast<std::uint8_t*>(key.data());
    for (const MessageRange& range : ranges_) {
      std::memcpy(at, message.data() + range.at, range.length);
      at += range.length;
    }
    return key;
  }

  static std::size_t PlaceOf(const Key& key) {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key) hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15U;
    return static_cast<std::size_t>(hash >> 56);
  }

  std::vector<MessageRange> ranges_;
  std::vector<Entry> entries_;
  std::size_t longest_ = 0;
};

}  // namespace netlink
