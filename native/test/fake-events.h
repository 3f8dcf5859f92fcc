#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "../src/batch.h"
#include "../src/event-stream.h"
#include "messages.h"

namespace netlink::test {

/**
 * The kernel's end of event channels: what a test tells arrives at the channel that was opened
 * last.
 */
class FakeEvents {
 public:
  static constexpr EventGrant kGrant{.receive_buffer = 4096, .forced = true};

  FakeEvents() { next_error = 0; }

  EventOpener Opener();

  /** One datagram each. */
  void Tell(std::initializer_list<std::uint64_t> keys) const;
  void TellRaw(const Buffer& datagram) const;

  /** The end of a key as such a message tells it: in state 7, with an attribute of its own. */
  static Buffer End(std::uint64_t key);

  /** The next receive fails so, before what waits, as recvmmsg() on a netlink socket does. */
  static void FailNext(int error) { next_error = error; }

  /** Channels cannot be opened from now on. */
  void Refuse(std::optional<Failure> failure);
  /** Channels that were opened or refused. */
  int asked() const { return asked_; }

 private:
  static int Receive(int fd, mmsghdr* headers, unsigned count);
  static std::atomic<int> next_error;

  mutable std::mutex mutex_;
  std::optional<Failure> refusal_;
  std::atomic<int> asked_ = 0;
  UniqueFd end_;
};

/** What a scanner that listens is told of its events. */
EventSpec EventsOf(unsigned grace_scans = 0, bool required = false);

/** The keys of the events, and those of the last bytes that came with them; 0 where there were
 * none. */
struct Told {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> last;
};
Told ToldIn(const EndedKeys& ended);

}  // namespace netlink::test
