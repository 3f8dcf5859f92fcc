#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "../src/netlink/event-stream.h"
#include "../src/table/batch.h"
#include "messages.h"

namespace netlink::test {

/**
 * The kernel's end of event channels. Events of a test arrive at the channel that was opened last.
 */
class FakeEvents {
 public:
  static constexpr EventGrant kGrant{.receive_buffer = 4096, .forced = true};

  FakeEvents() { next_error = 0; }

  EventOpener Opener();

  /** Sends a destroy event for each key, in separate datagrams. */
  void Tell(std::initializer_list<std::uint64_t> keys) const;
  void TellRaw(const Buffer& datagram) const;

  /** Returns the destroy event of a key: in state 7, with an attribute that scans do not have. */
  static Buffer Destroyed(std::uint64_t key);

  /** Makes the next receive fail, before queued events, like recvmmsg() on a netlink socket. */
  static void FailNext(int error) { next_error = error; }

  /** Refuses to open channels from now on. */
  void Refuse(std::optional<Failure> failure);
  /** Number of channels that were opened or refused. */
  int asked() const { return asked_; }

 private:
  static int Receive(int fd, mmsghdr* headers, unsigned count);
  static std::atomic<int> next_error;

  mutable std::mutex mutex_;
  std::optional<Failure> refusal_;
  std::atomic<int> asked_ = 0;
  UniqueFd end_;
};

/** Returns the subscription of a scanner to these events. */
EventSpec EventsOf(unsigned grace_scans = 0, bool required = false);

/** Keys of the events, and of the last bytes with them; 0 without last bytes. */
struct Told {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> last;
};
Told ToldIn(const DestroyedKeys& destroyed);

}  // namespace netlink::test
