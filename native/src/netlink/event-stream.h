#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "../util/fd.h"
#include "exchange.h"
#include "failure.h"
#include "netlink-socket.h"

namespace netlink {

/** struct sock_filter, include/uapi/linux/filter.h: one instruction of classic BPF. */
struct FilterInstruction {
  std::uint16_t code;
  std::uint8_t jump_true;
  std::uint8_t jump_false;
  std::uint32_t operand;
};
static_assert(sizeof(FilterInstruction) == 8);

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

/** Settings that the kernel accepted for an event socket. */
struct EventGrant {
  /** Size of the receive buffer in bytes, as the kernel counts. */
  std::size_t receive_buffer = 0;
  /** True when the size may exceed net.core.rmem_max, which needs CAP_NET_ADMIN. */
  bool forced = false;
  /** True when the fallback filter is attached. */
  bool fallback = false;
};

/** Receives the queued datagrams of a socket, like recvmmsg(), without waiting. */
using ReceiveCall = int (*)(int fd, mmsghdr* headers, unsigned count);
int ReceiveWaiting(int fd, mmsghdr* headers, unsigned count);

/** A socket that has joined the multicast groups. Tests use one end of a socket pair instead, and
 * a `receive` that returns the errors of a netlink socket first. */
struct EventChannel {
  UniqueFd fd;
  EventGrant grant;
  bool from_kernel_only = true;
  ReceiveCall receive = ReceiveWaiting;
};

using EventOpener = std::function<Result<EventChannel>(int protocol, const EventSpec& spec)>;

/** Opens a netlink socket, attaches its filter, sets its receive buffer and joins the groups, in
 * this order: no message arrives unfiltered. */
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

  /** Passes every queued message to the sink, while `has_room` returns true. */
  EventReport Drain(MessageSink& sink, const std::function<bool()>& has_room);

 private:
  void OnDatagram(const Datagram& datagram, MessageSink& sink, EventReport& report);
  std::uint64_t TakeLost();

  EventChannel channel_;
  std::vector<std::uint16_t> data_types_;
  ReceiveBuffers buffers_;
  std::uint32_t drops_ = 0;
};

}  // namespace netlink
