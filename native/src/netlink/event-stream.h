#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "exchange.h"
#include "failure.h"
#include "group-socket.h"
#include "netlink-socket.h"

namespace netlink {

/** Subscription to multicast messages that report the end of keys. `DestroyEventsOptions` in
 * binding.ts. */
struct EventSpec {
  std::uint32_t groups = 0;
  std::vector<std::uint16_t> data_types;
  /** Size in bytes as the kernel counts, which includes its own overhead. */
  std::size_t receive_buffer = 0;
  std::vector<FilterInstruction> filter;
  /** Filter to attach if the kernel refuses `filter`. Empty: there is no other filter. */
  std::vector<FilterInstruction> fallback_filter;
  /** Number of complete scans, after the first one without it, before a key counts as gone. */
  unsigned grace_scans = 0;
  /** True when a failure to subscribe is an error of the start. */
  bool required = false;
};

using EventOpener = std::function<Result<EventChannel>(int protocol, const EventSpec& spec)>;

/** Opens an event socket in the kernel. */
Result<EventChannel> OpenKernelEvents(int protocol, const EventSpec& spec);

/** Result of EventStream::Drain(). */
struct EventReport {
  /** Number of ENOBUFS errors: the kernel's queue was full, and messages were dropped. */
  std::uint64_t overruns = 0;
  /** Messages that the kernel dropped since the last drain, by its own counter. */
  std::uint64_t lost = 0;
  std::uint64_t discarded = 0;
  std::uint64_t unrelated = 0;
  /** Set when the socket can no longer be used. */
  std::optional<Failure> failure;
};

/** Receives multicast messages without waiting. */
class EventStream {
 public:
  EventStream(EventChannel channel, std::vector<std::uint16_t> data_types);

  /** Readable when messages wait. */
  int fd() const { return channel_.fd.get(); }

  /** Replaces the filter of the socket. Returns false if the kernel refused it. */
  bool SetFilter(const std::vector<FilterInstruction>& filter) {
    return AttachFilter(fd(), filter);
  }

  /** Passes every queued message to the sink, while `has_room` returns true. */
  EventReport Drain(MessageSink& sink, const std::function<bool()>& has_room);

 private:
  void OnDatagram(const Datagram& datagram, MessageSink& sink, EventReport& report);

  EventChannel channel_;
  std::vector<std::uint16_t> data_types_;
  ReceiveBuffers buffers_;
  DropCounter drops_;
};

}  // namespace netlink
