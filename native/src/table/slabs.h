#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../util/pages.h"

namespace netlink {

/**
 * Allocator for many byte strings of a few lengths: cuts slots of each length from large slabs. A
 * freed slot is reused for the same length only. To return memory to the system, the owner of the
 * slots moves them to new slabs.
 */
class Slabs {
 public:
  /** Takes a slot for at least one byte. Throws std::bad_alloc. */
  std::uint8_t* Take(std::size_t length);
  /** Frees a slot that was taken for a length with the same slot size. */
  void Free(std::uint8_t* slot, std::size_t length);

  /** Returns the size in bytes of a slot for this length. */
  static constexpr std::size_t SlotSize(std::size_t length) {
    return (length + kStep - 1) & ~(kStep - 1);
  }

  /** Bytes of all slots in use. */
  std::size_t used() const { return used_; }
  /** Bytes of all slots, in use or free. */
  std::size_t held() const { return held_; }

 private:
  /** Step of slot sizes. Lengths are multiples of 4, so a slot wastes 6 bytes on average. */
  static constexpr std::size_t kStep = 16;
  /** Largest slot. A longer string gets its own pages; kernel messages have a few hundred bytes. */
  static constexpr std::size_t kLongest = 4096;
  static constexpr std::size_t kSlabSize = 256 * 1024;

  /** Slots of one size. Free slots form a list through their first bytes. */
  struct Size {
    std::uint8_t* free = nullptr;
    std::uint8_t* next = nullptr;
    std::size_t left = 0;
  };

  std::array<Size, kLongest / kStep + 1> sizes_{};
  std::vector<Pages> slabs_;
  std::vector<Pages> long_ones_;
  std::size_t used_ = 0;
  std::size_t held_ = 0;
};

}  // namespace netlink
