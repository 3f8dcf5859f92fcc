#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../netlink/wire.h"
#include "layouts.h"
#include "slabs.h"

namespace netlink {

/** Entry of one key, without its bytes. Two entries fill a cache line. */
class Entry {
 public:
  std::uint64_t key() const { return key_; }
  /** Low 32 bits of the number of the last scan that saw the key. */
  std::uint32_t stamp() const { return stamp_; }
  /** Last bytes of the key. */
  Bytes bytes() const { return {bytes_, length_}; }
  /** Layout of these bytes, as set by the owner of the table. */
  LayoutId layout() const { return layout_; }
  void SetLayout(LayoutId layout) { layout_ = layout; }
  /** True when the messages of this key are tallied, as set by the owner of the table. */
  bool tallied() const { return tallied_; }
  void SetTallied(bool tallied) { tallied_ = tallied; }

  void Stamp(std::uint64_t scan) {
    stamp_ = static_cast<std::uint32_t>(scan);
    absences_ = 0;
  }

 private:
  friend class Table;

  bool used() const { return bytes_ != nullptr; }

  std::uint64_t key_ = 0;
  std::uint8_t* bytes_ = nullptr;
  std::uint32_t length_ : 31 = 0;
  bool tallied_ : 1 = true;
  std::uint32_t stamp_ = 0;
  /** Next entry in the last walk; for a free entry, the next free one. */
  std::uint32_t next_ = 0;
  /** Number of consecutive sweeps without this key. */
  std::uint16_t absences_ = 0;
  LayoutId layout_ = kNoLayout;
};
static_assert(sizeof(Entry) == 32);

/**
 * Map from key to last bytes. Entries are in one array, their bytes in slabs, and an index with
 * open addressing finds them. Walks rarely need the index: the kernel reports the same sockets in
 * the same order every time, and each entry stores which one came next. Pointers to entries are
 * valid until the next Insert(), Erase(), Sweep() or Shrink(). Assign() also invalidates the bytes.
 */
class Table {
 public:
  /** Returns the entry of a key, or null. */
  Entry* Find(std::uint64_t key);
  const Entry* Find(std::uint64_t key) const;

  /** Begins a walk. Until the next one, Follow() and Insert() record the order of the entries. */
  void BeginWalk() { last_ = kNobody; }

  /** Returns the entry of the next key of a walk, or null. */
  Entry* Follow(std::uint64_t key);

  /** Adds a new key, with at least one byte. */
  Entry& Insert(std::uint64_t key, Bytes bytes);

  /** Replaces the bytes of an entry, by at least one. */
  void Assign(Entry& entry, Bytes bytes);

  /** Removes a key that exists. */
  void Erase(std::uint64_t key);

  /** Removes every entry that was stamped neither by this scan nor by those of the `grace` (at most
   * 65,534) sweeps before, and appends its key to `gone`. */
  void Sweep(std::uint64_t scan, unsigned grace, std::vector<std::uint64_t>& gone);

  /** Returns memory to the system, if much more is held than needed. */
  void Shrink();

  /** Calls a function with each entry. */
  template <typename Visit>
  void ForEach(Visit visit) {
    for (Entry& entry : entries_) {
      if (entry.used()) visit(entry);
    }
  }

  std::size_t size() const { return size_; }

  /** Returns the bytes of entries, index and slots. */
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
  /** Entry numbers plus one, by key; 0 is a free slot. The size is 0 or a power of two. */
  std::vector<std::uint32_t> index_;
  Slabs slabs_;
  std::size_t size_ = 0;
  std::uint32_t free_ = kNobody;
  /** First entry of the last walk, and the latest entry of the current one. */
  std::uint32_t first_ = kNobody;
  std::uint32_t last_ = kNobody;
};

}  // namespace netlink
