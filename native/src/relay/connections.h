#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "connection.h"

namespace netlink::relay {

/**
 * All connections, in slots that are used again. Slots never move, so another thread can read the
 * figures of living connections at any time.
 */
class Connections {
 public:
  /** Bits of an id that are the slot's number. The others are its generation. */
  static constexpr unsigned kSlotBits = 20;
  static constexpr std::size_t kMaxSlots = std::size_t{1} << kSlotBits;

  Connections() = default;
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /** Returns a new connection with an id, or null when all slots are used. Throws std::bad_alloc.
   */
  Connection* Create();
  /** Frees the connection's slot. Its sockets and buffers must have been released. */
  void Remove(Connection& connection);

  /** Returns the connection with an id, or null if it has ended. */
  Connection* Find(std::uint64_t id);

  /** Returns the slot's number of an id. */
  static std::uint32_t SlotOf(std::uint64_t id) {
    return static_cast<std::uint32_t>(id & (kMaxSlots - 1));
  }
  /** Returns the connection in a slot, which must have existed. */
  Connection& At(std::uint32_t slot) { return Slab(slot / kSlabSlots)[slot % kSlabSlots]; }

  /** Calls `visit` with every connection that has not ended. */
  template <typename Visit>
  void Each(const Visit& visit) {
    for (std::uint32_t slot = 0; slot < made_; ++slot) {
      if (Connection& connection = At(slot); connection.id != 0) visit(connection);
    }
  }

  /** Appends a row of each connection that has not ended. Any thread. */
  void AppendRows(std::vector<double>& rows) const;

  std::size_t count() const { return made_ - free_.size(); }
  std::size_t bytes() const {
    return (made_ + kSlabSlots - 1) / kSlabSlots * kSlabSlots * sizeof(Connection);
  }

 private:
  static constexpr std::size_t kSlabSlots = 256;
  static constexpr std::size_t kMaxSlabs = kMaxSlots / kSlabSlots;

  Connection* Slab(std::size_t index) const {
    return slabs_[index].load(std::memory_order_acquire);
  }

  std::array<std::atomic<Connection*>, kMaxSlabs> slabs_{};
  /** Number of slots that were ever used. */
  std::size_t made_ = 0;
  std::vector<std::uint32_t> free_;
  /** For each slot its last generation. */
  std::vector<std::uint32_t> generations_;
};

}  // namespace netlink::relay
