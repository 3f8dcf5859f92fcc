#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "wire.h"

namespace netlink {

/** The last bytes of one key. Its buffer is kept when new bytes fit. */
class Entry {
 public:
  std::uint64_t key() const { return key_; }
  /** The scan that saw the key last. */
  std::uint64_t stamp() const { return stamp_; }
  Bytes bytes() const { return {buffer_.get(), length_}; }

  void Stamp(std::uint64_t scan) {
    stamp_ = scan;
    absences_ = 0;
  }
  void Assign(Bytes bytes);

 private:
  friend class Table;

  bool used() const { return buffer_ != nullptr; }

  std::uint64_t key_ = 0;
  std::uint64_t stamp_ = 0;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::uint32_t length_ = 0;
  std::uint32_t capacity_ = 0;
  /** Sweeps in a row that have found it absent. */
  std::uint32_t absences_ = 0;
};

/**
 * Key to last bytes: open addressing with linear probing, so that a lookup touches one or two cache
 * lines. Pointers to entries are valid until the next Insert(), Erase(), Sweep() or
 * Shrink().
 */
class Table {
 public:
  /** The entry of a key, or null. */
  Entry* Find(std::uint64_t key);
  const Entry* Find(std::uint64_t key) const;

  /** Adds a key that is not there. */
  Entry& Insert(std::uint64_t key, Bytes bytes);

  /** Removes an entry that is there. */
  void Erase(std::uint64_t key);

  /** Removes every entry that was not stamped by this scan nor by those of `grace` sweeps before,
   * and appends its key. */
  void Sweep(std::uint64_t scan, unsigned grace, std::vector<std::uint64_t>& gone);

  /** Gives memory back when it is far too large: a burst of keys must not hold its slots for ever.
   */
  void Shrink();

  std::size_t size() const { return size_; }

 private:
  std::size_t HomeOf(std::uint64_t key) const;
  std::size_t SlotOf(std::uint64_t key) const;
  void Resize(std::size_t slots);

  std::vector<Entry> slots_;  // a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace netlink
