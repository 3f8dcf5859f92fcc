#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "layouts.h"
#include "slabs.h"
#include "wire.h"

namespace netlink {

/** What is known of one key, but for its bytes: two of them fill a cache line. */
class Entry {
 public:
  std::uint64_t key() const { return key_; }
  /** The scan that saw the key last, its low 32 bits. */
  std::uint32_t stamp() const { return stamp_; }
  /** The last bytes of the key. */
  Bytes bytes() const { return {bytes_, length_}; }
  /** The layout of these bytes, as whoever gave them says. */
  LayoutId layout() const { return layout_; }
  void SetLayout(LayoutId layout) { layout_ = layout; }

  void Stamp(std::uint64_t scan) {
    stamp_ = static_cast<std::uint32_t>(scan);
    absences_ = 0;
  }

 private:
  friend class Table;

  bool used() const { return bytes_ != nullptr; }

  std::uint64_t key_ = 0;
  std::uint8_t* bytes_ = nullptr;
  std::uint32_t length_ = 0;
  std::uint32_t stamp_ = 0;
  /** Who came behind it in the last walk; of an entry that is free, the next free one. */
  std::uint32_t next_ = 0;
  /** Sweeps in a row that have found it absent. */
  std::uint16_t absences_ = 0;
  LayoutId layout_ = kNoLayout;
};
static_assert(sizeof(Entry) == 32);

/**
 * Key to last bytes. Entries stand one behind the other, bytes in slabs, and an index by open
 * addressing finds them. Walks find nearly all of them without it: the kernel tells of the same
 * sockets in the same order every time, so that each entry knows who came next. Pointers to entries
 * are valid until the next Insert(), Erase(), Sweep() or Shrink(), their bytes until the next
 * Assign() too.
 */
class Table {
 public:
  /** The entry of a key, or null. */
  Entry* Find(std::uint64_t key);
  const Entry* Find(std::uint64_t key) const;

  /** A walk begins. Until the next one, Follow() and Insert() note who comes behind whom. */
  void BeginWalk() { last_ = kNobody; }

  /** Find() for the next key of a walk. */
  Entry* Follow(std::uint64_t key);

  /** Adds a key that is not there, with at least one byte. */
  Entry& Insert(std::uint64_t key, Bytes bytes);

  /** Gives an entry new bytes, at least one. */
  void Assign(Entry& entry, Bytes bytes);

  /** Removes an entry that is there. */
  void Erase(std::uint64_t key);

  /** Removes every entry that was not stamped by this scan nor by those of `grace` sweeps before,
   * and appends its key. At most 65,534. */
  void Sweep(std::uint64_t scan, unsigned grace, std::vector<std::uint64_t>& gone);

  /** Gives memory back to the system when much more is held than needed. */
  void Shrink();

  std::size_t size() const { return size_; }

  /** Bytes that it holds: entries, index and slots. */
  std::size_t held() const;

 private:
  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};

  std::size_t HomeOf(std::uint64_t key) const;
  std::size_t SlotOf(std::uint64_t key) const;
  std::uint32_t IdOf(std::uint64_t key) const;
  std::uint32_t Guess() const;
  void Note(std::uint32_t id);
  void Prefetch(std::uint32_t id) const;
  std::uint32_t NewEntry();
  void Reindex(std::size_t slots);
  void Move();
  std::vector<std::uint32_t> InOrder() const;

  std::vector<Entry> entries_;
  /** Entries by key, each as its number and one, 0 where there is none. A power of two, or empty.
   */
  std::vector<std::uint32_t> index_;
  Slabs slabs_;
  std::size_t size_ = 0;
  std::uint32_t free_ = kNobody;
  /** Who came first in the last walk, and who came last in this one. */
  std::uint32_t first_ = kNobody;
  std::uint32_t last_ = kNobody;
};

}  // namespace netlink
