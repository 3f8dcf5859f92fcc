#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../util/fd.h"

namespace netlink::relay {

/** Kind of a descriptor in a {@link PollSet}. */
enum class Role : std::uint32_t { kClient, kBackend, kListener, kInterrupt };

/** Names a descriptor, so that an event of one that was closed is recognised. */
struct PollKey {
  Role role;
  /** Slot of a connection, or number of a listener, up to 2^30. */
  std::uint32_t number;
  /** Generation of the slot. */
  std::uint32_t generation;
};

/** Edge-triggered epoll. */
class PollSet {
 public:
  /** Throws std::system_error when the system has no descriptor left. */
  PollSet();

  /** Adds a descriptor until it is closed. Returns 0, or a positive errno. */
  int Add(int fd, std::uint32_t events, PollKey key);

  /** Waits for events. `timeout_ms` is -1 for ever. The result is valid until the next call. */
  std::span<const epoll_event> Wait(int timeout_ms);

  static PollKey KeyOf(const epoll_event& event);

 private:
  static constexpr std::size_t kEvents = 256;

  UniqueFd fd_;
  std::array<epoll_event, kEvents> events_;
};

}  // namespace netlink::relay
