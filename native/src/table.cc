#include "table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace netlink {
namespace {

constexpr std::size_t kMinimumSlots = 64;

/** Messages of one socket grow by an attribute now and then; a little room saves the next
 * allocation. */
constexpr std::size_t kBufferStep = 64;

}  // namespace

void Entry::Assign(Bytes bytes) {
  if (!buffer_ || bytes.size() > capacity_) {
    capacity_ = static_cast<std::uint32_t>((bytes.size() / kBufferStep + 1) * kBufferStep);
    buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_);
  }
  length_ = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(buffer_.get(), bytes.data(), bytes.size());
}

std::size_t Table::HomeOf(std::uint64_t key) const {
  // Socket cookies are nearly consecutive numbers. Fibonacci hashing spreads such keys evenly over
  // the top bits.
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  return (key * kGoldenRatio) >> (64 - std::countr_zero(slots_.size()));
}

std::size_t Table::SlotOf(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = HomeOf(key);
  while (slots_[at].used() && slots_[at].key_ != key) at = (at + 1) & mask;
  return at;
}

const Entry* Table::Find(std::uint64_t key) const {
  if (size_ == 0) return nullptr;
  const Entry& entry = slots_[SlotOf(key)];
  return entry.used() ? &entry : nullptr;
}

Entry* Table::Find(std::uint64_t key) { return const_cast<Entry*>(std::as_const(*this).Find(key)); }

Entry& Table::Insert(std::uint64_t key, Bytes bytes) {
  // Linear probing stays short up to a load of one half.
  if ((size_ + 1) * 2 > slots_.size()) Resize(slots_.empty() ? kMinimumSlots : slots_.size() * 2);
  Entry& entry = slots_[SlotOf(key)];
  entry.key_ = key;
  entry.Assign(bytes);
  ++size_;
  return entry;
}

void Table::Sweep(std::uint64_t scan, unsigned grace, std::vector<std::uint64_t>& gone) {
  const std::size_t first = gone.size();
  for (Entry& entry : slots_) {
    if (entry.used() && entry.stamp_ != scan && ++entry.absences_ > grace) {
      gone.push_back(entry.key_);
    }
  }
  // Erasing moves entries, and so waits until the walk is over.
  for (std::size_t i = first; i < gone.size(); ++i) Erase(gone[i]);
}

void Table::Shrink() {
  if (slots_.size() > kMinimumSlots && size_ * 16 < slots_.size()) {
    Resize(std::max(kMinimumSlots, std::bit_ceil(size_ * 4)));
  }
}

void Table::Erase(std::uint64_t key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = SlotOf(key);
  slots_[hole] = Entry{};
  --size_;
  // Close the hole with each follower whose probe passes over it, so that no tombstones are needed.
  for (std::size_t at = (hole + 1) & mask; slots_[at].used(); at = (at + 1) & mask) {
    const std::size_t probed = (at - HomeOf(slots_[at].key_)) & mask;
    if (probed < ((at - hole) & mask)) continue;
    slots_[hole] = std::exchange(slots_[at], Entry{});
    hole = at;
  }
}

void Table::Resize(std::size_t slots) {
  std::vector<Entry> old = std::exchange(slots_, std::vector<Entry>(slots));
  for (Entry& entry : old) {
    if (entry.used()) slots_[SlotOf(entry.key_)] = std::move(entry);
  }
}

}  // namespace netlink
