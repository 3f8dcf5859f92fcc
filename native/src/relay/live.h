#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace netlink::relay {

/** RELAY_STATES in relay-binding.ts. */
enum class LiveState : std::uint32_t { kWaiting, kConnecting, kOpen, kHalfClosed, kClosing };

/** Number of RELAY_COLUMNS in relay-binding.ts. */
inline constexpr std::size_t kRowColumns = 11;

/** One row of Relay.connections, in the order of RELAY_COLUMNS. */
using Row = std::array<double, kRowColumns>;

/** A number that one thread changes and others may read, for the price of a plain one. */
template <typename T>
class Published {
 public:
  T get() const { return value_.load(std::memory_order_acquire); }
  void Set(T value) { value_.store(value, std::memory_order_release); }
  void Add(T value) { Set(value_.load(std::memory_order_relaxed) + value); }
  void Subtract(T value) { Set(value_.load(std::memory_order_relaxed) - value); }

 private:
  std::atomic<T> value_{};
};

/** Bytes of one connection or of all. `RelayBytes` in relay-binding.ts. */
struct ByteCounts {
  Published<std::uint64_t> client_received;
  Published<std::uint64_t> backend_sent;
  Published<std::uint64_t> backend_received;
  Published<std::uint64_t> client_sent;
};

/** Figures of one connection that JavaScript reads while the thread changes them. */
struct Live {
  /** Id of the connection; 0 while the slot is free or changes its owner. */
  Published<std::uint64_t> id;
  Published<std::uint32_t> listener;
  Published<LiveState> state;
  ByteCounts bytes;
  /** Monotonic times in ns. The last two are 0 before the first bytes. */
  Published<std::int64_t> accepted;
  Published<std::int64_t> last_client;
  Published<std::int64_t> last_backend;

  /** Prepares the figures of a new connection. */
  void Begin(std::uint64_t new_id, std::uint32_t new_listener, std::int64_t now);
  /** Copies the figures. Returns false if the slot is free, or was freed meanwhile. */
  bool Read(Row& row) const;
};

/** Totals of a relay. `RelayTotals` in relay-binding.ts. */
struct Totals {
  ByteCounts bytes;
  Published<std::uint64_t> accepted;
  Published<std::uint64_t> ended;
  Published<std::uint64_t> waiting;
  Published<std::uint64_t> buffers;
  Published<std::uint64_t> memory_bytes;
  Published<std::uint64_t> dump_omitted;
  Published<std::uint64_t> wakes;
};

}  // namespace netlink::relay
