#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace netlink::relay {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/**
 * Deadlines of numbered owners, at most one each: a binary heap in which every owner knows its
 * place, so that a deadline can be moved or removed.
 */
class Timers {
 public:
  /** Sets, moves or removes (kNever) the deadline of an owner. */
  void Set(std::uint32_t owner, std::int64_t deadline);

  /** Returns the earliest deadline, or kNever. */
  std::int64_t next() const { return heap_.empty() ? kNever : heap_.front().deadline; }
  /** Returns the owner of the earliest deadline. The heap must not be empty. */
  std::uint32_t first() const { return heap_.front().owner; }

  std::size_t size() const { return heap_.size(); }
  std::size_t bytes() const {
    return heap_.capacity() * sizeof(Entry) + places_.capacity() * sizeof(std::uint32_t);
  }

 private:
  struct Entry {
    std::int64_t deadline;
    std::uint32_t owner;
  };

  void Remove(std::uint32_t place);
  void Place(std::uint32_t place, Entry entry);
  /** Moves an entry from a free place to where it belongs. */
  void Sift(std::uint32_t place, Entry entry);

  std::vector<Entry> heap_;
  /** For each owner its place in the heap, or kNowhere. */
  std::vector<std::uint32_t> places_;
};

}  // namespace netlink::relay
