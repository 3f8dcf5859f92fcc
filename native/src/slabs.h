#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "util/pages.h"

namespace netlink {

/**
 * Memory for many byte strings of a few lengths: slots of each length, cut one after the other from
 * large pieces. A slot that is freed is taken again for its length; to give memory back, whoever
 * owns the slots moves what is left to other slabs.
 */
class Slabs {
 public:
  /** At least one byte. Throws std::bad_alloc. */
  std::uint8_t* Take(std::size_t length);
  /** Takes a slot back that was taken for a length of the same slot size. */
  void Free(std::uint8_t* slot, std::size_t length);

  /** Bytes that a slot for this length has. */
  static constexpr std::size_t SlotSize(std::size_t length) {
    return (length + kStep - 1) & ~(kStep - 1);
  }

  /** Bytes of slots that are taken. */
  std::size_t used() const { return used_; }
  /** Bytes of all slots, free ones too. */
  std::size_t held() const { return held_; }

 private:
  /** The lengths that occur are multiples of 4; with this step a slot wastes 6 bytes on average. */
  static constexpr std::size_t kStep = 16;
  /** A longer string is a piece of its own: messages of the kernel are a few hundred bytes. */
  static constexpr std::size_t kLongest = 4096;
  static constexpr std::size_t kSlabSize = 256 * 1024;

  /** Slots of one size. Free ones are chained through their first bytes. */
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
