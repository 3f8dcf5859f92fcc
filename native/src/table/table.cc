#include "table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace netlink {
namespace {

constexpr std::size_t kMinimumIndex = 64;
constexpr std::size_t kCacheLine = 64;

/** Minimum of spare bytes for which entries or bytes are moved. */
constexpr std::size_t kSpareBytes = 256 * 1024;

}  // namespace

std::size_t Table::HomeOf(std::uint64_t key) const {
  // Socket cookies are nearly consecutive numbers. Fibonacci hashing spreads such keys evenly over
  // the top bits.
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  return (key * kGoldenRatio) >> (64 - std::countr_zero(index_.size()));
}

std::size_t Table::SlotOf(std::uint64_t key) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = HomeOf(key);
  while (index_[at] != 0 && entries_[index_[at] - 1].key_ != key) at = (at + 1) & mask;
  return at;
}

std::uint32_t Table::IdOf(std::uint64_t key) const {
  return size_ == 0 ? kNobody : index_[SlotOf(key)] - 1;
}

const Entry* Table::Find(std::uint64_t key) const {
  const std::uint32_t id = IdOf(key);
  return id == kNobody ? nullptr : &entries_[id];
}

Entry* Table::Find(std::uint64_t key) { return const_cast<Entry*>(std::as_const(*this).Find(key)); }

std::uint32_t Table::Guess() const { return last_ == kNobody ? first_ : entries_[last_].next_; }

void Table::Note(std::uint32_t id) {
  (last_ == kNobody ? first_ : entries_[last_].next_) = id;
  last_ = id;
}

Entry* Table::Follow(std::uint64_t key) {
  std::uint32_t id = Guess();
  const bool right = id < entries_.size() && entries_[id].used() && entries_[id].key_ == key;
  if (!right) {
    id = IdOf(key);
    if (id == kNobody) return nullptr;
  }
  if (right) {
    last_ = id;
  } else {
    Note(id);
  }
  Prefetch(entries_[id].next_);
  return &entries_[id];
}

void Table::Prefetch(std::uint32_t id) const {
  if (id >= entries_.size()) return;
  const Entry& next = entries_[id];
  for (std::size_t at = 0; at < next.length_; at += kCacheLine) {
    __builtin_prefetch(next.bytes_ + at);
  }
  // Of the entry after that, prefetch only the entry: the address of its bytes is not known yet.
  if (next.next_ < entries_.size()) __builtin_prefetch(&entries_[next.next_]);
}

Entry& Table::Insert(std::uint64_t key, Bytes bytes) {
  // Linear probing stays short up to a load of one half.
  if ((size_ + 1) * 2 > index_.size()) Reindex(std::max(kMinimumIndex, index_.size() * 2));
  const std::uint32_t id = NewEntry();
  index_[SlotOf(key)] = id + 1;
  ++size_;
  Entry& entry = entries_[id];
  entry = Entry{};
  entry.key_ = key;
  entry.next_ = kNobody;
  entry.length_ = static_cast<std::uint32_t>(bytes.size());
  entry.bytes_ = slabs_.Take(bytes.size());
  std::memcpy(entry.bytes_, bytes.data(), bytes.size());
  Note(id);
  return entry;
}

std::uint32_t Table::NewEntry() {
  if (free_ == kNobody) {
    entries_.emplace_back();
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  return std::exchange(free_, entries_[free_].next_);
}

void Table::Assign(Entry& entry, Bytes bytes) {
  if (Slabs::SlotSize(bytes.size()) != Slabs::SlotSize(entry.length_)) {
    slabs_.Free(entry.bytes_, entry.length_);
    entry.bytes_ = slabs_.Take(bytes.size());
  }
  entry.length_ = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(entry.bytes_, bytes.data(), bytes.size());
}

void Table::Sweep(std::uint64_t scan, unsigned grace, std::vector<std::uint64_t>& gone) {
  const auto stamp = static_cast<std::uint32_t>(scan);
  for (Entry& entry : entries_) {
    if (!entry.used() || entry.stamp_ == stamp || ++entry.absences_ <= grace) continue;
    gone.push_back(entry.key_);
    Erase(entry.key_);
  }
}

void Table::Erase(std::uint64_t key) {
  const std::size_t mask = index_.size() - 1;
  std::size_t hole = SlotOf(key);
  const std::uint32_t id = index_[hole] - 1;
  Entry& entry = entries_[id];
  slabs_.Free(entry.bytes_, entry.length_);
  entry = Entry{};
  entry.next_ = free_;
  free_ = id;
  if (last_ == id) last_ = kNobody;
  --size_;
  index_[hole] = 0;
  // Fill the hole with each later key whose probe crosses it, so that no tombstones are needed.
  for (std::size_t at = (hole + 1) & mask; index_[at] != 0; at = (at + 1) & mask) {
    const std::size_t probed = (at - HomeOf(entries_[index_[at] - 1].key_)) & mask;
    if (probed < ((at - hole) & mask)) continue;
    index_[hole] = std::exchange(index_[at], 0);
    hole = at;
  }
}

void Table::Shrink() {
  const std::size_t spare_bytes = slabs_.held() - slabs_.used();
  const std::size_t spare_entries = (entries_.capacity() - size_) * sizeof(Entry);
  // Growth by doubling holds up to twice the needed memory anyway.
  const bool bytes = spare_bytes > std::max(kSpareBytes, slabs_.used());
  const bool entries = spare_entries > std::max(kSpareBytes, 3 * size_ * sizeof(Entry));
  if (bytes || entries) Move();
}

void Table::Move() {
  Table moved;
  moved.entries_.reserve(size_);
  moved.Reindex(std::max(kMinimumIndex, std::bit_ceil(size_ * 2)));
  for (const std::uint32_t id : InOrder()) {
    const Entry& from = entries_[id];
    Entry& to = moved.Insert(from.key_, from.bytes());
    to.stamp_ = from.stamp_;
    to.absences_ = from.absences_;
    to.layout_ = from.layout_;
    to.tallied_ = from.tallied_;
  }
  *this = std::move(moved);
  last_ = kNobody;
}

std::vector<std::uint32_t> Table::InOrder() const {
  std::vector<std::uint32_t> order;
  std::vector<bool> taken(entries_.size());
  order.reserve(size_);
  const auto take = [&](std::uint32_t id) {
    if (id >= entries_.size() || taken[id] || !entries_[id].used()) return false;
    taken[id] = true;
    order.push_back(id);
    return true;
  };
  for (std::uint32_t id = first_; take(id);) id = entries_[id].next_;
  for (std::uint32_t id = 0; id < entries_.size(); ++id) take(id);
  return order;
}

void Table::Reindex(std::size_t slots) {
  index_ = std::vector<std::uint32_t>(slots);
  for (std::uint32_t id = 0; id < entries_.size(); ++id) {
    if (entries_[id].used()) index_[SlotOf(entries_[id].key_)] = id + 1;
  }
}

std::size_t Table::held() const {
  return entries_.capacity() * sizeof(Entry) + index_.capacity() * sizeof(std::uint32_t) +
         slabs_.held();
}

}  // namespace netlink
