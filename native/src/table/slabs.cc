#include "slabs.h"

#include <algorithm>
#include <cstring>

namespace netlink {

std::uint8_t* Slabs::Take(std::size_t length) {
  const std::size_t slot_size = SlotSize(length);
  if (slot_size > kLongest) {
    long_ones_.emplace_back(slot_size);
    used_ += slot_size;
    held_ += slot_size;
    return long_ones_.back().data();
  }
  Size& size = sizes_[slot_size / kStep];
  if (size.free != nullptr) {
    std::uint8_t* const slot = size.free;
    std::memcpy(&size.free, slot, sizeof size.free);
    used_ += slot_size;
    return slot;
  }
  if (size.left < slot_size) {
    // The rest of the previous slab is shorter than a slot, and is never used.
    slabs_.emplace_back(kSlabSize);
    size.next = slabs_.back().data();
    size.left = kSlabSize;
  }
  std::uint8_t* const slot = size.next;
  size.next += slot_size;
  size.left -= slot_size;
  used_ += slot_size;
  held_ += slot_size;
  return slot;
}

void Slabs::Free(std::uint8_t* slot, std::size_t length) {
  const std::size_t slot_size = SlotSize(length);
  used_ -= slot_size;
  if (slot_size > kLongest) {
    held_ -= slot_size;
    std::erase_if(long_ones_, [slot](const Pages& pages) { return pages.data() == slot; });
    return;
  }
  Size& size = sizes_[slot_size / kStep];
  std::memcpy(slot, &size.free, sizeof size.free);
  size.free = slot;
}

}  // namespace netlink
