#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <unordered_map>

#include "../util/fd.h"
#include "command-queue.h"
#include "event-queue.h"
#include "poll-set.h"
#include "sockets.h"

namespace netlink::relay {

inline constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

/** Listening socket of a relay. */
struct Listener {
  std::uint32_t number;
  UniqueFd fd;
  SocketAddress bound;
  std::uint32_t max_open = kUnlimited;
  bool paused = false;
  /** True unless the last accept found the queue empty. */
  bool readable = true;
  /** True after a failed accept was reported, until accepting went on. */
  bool reported = false;
  /** Connections that have not ended. */
  std::uint32_t open = 0;
};

/**
 * Listeners, and when they accept: not while paused, not above their limit, not while too many
 * connections wait for JavaScript, and not without a descriptor for the backend.
 */
class Acceptor {
 public:
  /** Takes an accepted connection over. */
  using Taker = std::function<void(Listener&, UniqueFd, const SocketAddress& peer)>;

  Acceptor(PollSet& poll, EventQueue& events, Taker taker, std::uint32_t max_waiting)
      : poll_(poll), events_(events), taker_(std::move(taker)), max_waiting_(max_waiting) {}

  void Add(ListenCommand command);
  void Remove(std::uint32_t number);
  void SetPaused(std::uint32_t number, bool paused);
  void SetMaxOpen(std::uint32_t number, std::uint32_t max_open);
  void RemoveAll() { listeners_.clear(); }

  /** Reports that clients wait. */
  void OnReadable(std::uint32_t number);
  /** Reports that a connection was answered, or has ended without an answer. */
  void OnAnswered();
  /** Reports that a connection of a listener has ended, and its descriptors are closed. */
  void OnEnded(std::uint32_t number);
  /** Reports that a descriptor may be free. */
  void OnDescriptorFree();

  /** Accepts what can be accepted now. Returns true if there may be more. */
  bool Work();

  /** True while accepting waits for a descriptor. */
  bool starved() const { return starved_; }
  std::uint32_t waiting() const { return waiting_; }

 private:
  Listener* Find(std::uint32_t number);
  bool MayAccept(const Listener& listener) const;
  /** Accepts one connection. Returns false when none was accepted. */
  bool AcceptOne(Listener& listener);
  void Starve(Listener& listener, int error);
  /** Returns whether every waiting connection can have a descriptor for its backend, after `fd`,
   * the lowest free number, was taken. */
  bool HasRoomAfter(int fd);
  void Report(std::uint32_t number, int error);

  PollSet& poll_;
  EventQueue& events_;
  const Taker taker_;
  const std::uint32_t max_waiting_;
  std::unordered_map<std::uint32_t, Listener> listeners_;
  std::uint32_t waiting_ = 0;
  bool starved_ = false;
  /** True when something has changed since no listener could accept. */
  bool changed_ = false;
  /** Limit on descriptors when it was last read. */
  std::int64_t descriptors_ = 0;
};

}  // namespace netlink::relay
