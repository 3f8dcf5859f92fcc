#include "connections.h"

#include <limits>

namespace netlink::relay {

Connections::~Connections() {
  for (auto& slab : slabs_) delete[] slab.load();
}

Connection* Connections::Create() {
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (made_ == kMaxSlots) return nullptr;
    slot = static_cast<std::uint32_t>(made_);
    generations_.resize(made_ + 1);
    if (slot % kSlabSlots == 0) {
      slabs_[slot / kSlabSlots].store(new Connection[kSlabSlots], std::memory_order_release);
    }
    ++made_;
  }
  Connection& connection = At(slot);
  connection.id = (std::uint64_t{++generations_[slot]} << kSlotBits) | slot;
  return &connection;
}

void Connections::Remove(Connection& connection) {
  const std::uint32_t slot = SlotOf(connection.id);
  connection.Clear();
  // Ids are never used again: a slot without further generations stays empty.
  if (generations_[slot] != std::numeric_limits<std::uint32_t>::max()) free_.push_back(slot);
}

Connection* Connections::Find(std::uint64_t id) {
  const std::uint32_t slot = SlotOf(id);
  if (slot >= made_) return nullptr;
  Connection& connection = At(slot);
  return connection.id == id && id != 0 ? &connection : nullptr;
}

void Connections::AppendRows(std::vector<double>& rows) const {
  for (std::size_t index = 0; index < kMaxSlabs; ++index) {
    const Connection* const slab = Slab(index);
    // Slabs are made in order.
    if (slab == nullptr) return;
    for (std::size_t i = 0; i < kSlabSlots; ++i) {
      Row row;
      if (slab[i].live.Read(row)) rows.insert(rows.end(), row.begin(), row.end());
    }
  }
}

}  // namespace netlink::relay
