#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "exchange.h"
#include "failure.h"
#include "netlink-socket.h"
#include "util/fd.h"

namespace netlink {

/** struct sock_filter, include/uapi/linux/filter.h: one instruction of classic BPF. */
struct FilterInstruction {
  std::uint16_t code;
  std::uint8_t jump_true;
  std::uint8_t jump_false;
  std::uint32_t operand;
};
static_assert(sizeof(FilterInstruction) == 8);

/** Multicast messages that tell of the end of keys. `EndEventsOptions` in binding.ts. */
struct EventSpec {
  std::uint32_t groups = 0;
  std::vector<std::uint16_t> data_types;
  /** Bytes, as the kernel counts them: with its own overhead. */
  std::size_t receive_buffer = 0;
  std::vector<FilterInstruction> filter;
  /** What is taken where the kernel refuses that one; empty: nothing. */
  std::vector<FilterInstruction> fallback_filter;
  /** Complete scans that a key may be absent from, after the first, before it counts as gone. */
  unsigned grace_scans = 0;
  /** Whether there is nothing to start without them. */
  bool required = false;
};

/** What the kernel granted. */
struct EventGrant {
  /** Bytes of the receive buffer, as the kernel counts. */
  std::size_t receive_buffer = 0;
  /** Whether the size may exceed net.core.rmem_max, for which CAP_NET_ADMIN is needed. */
  bool forced = false;
  /** Whether the fallback filter had to be taken. */
  bool fallback = false;
};

/** Receives what waits on a socket, as recvmmsg() does, and never waits. */
using ReceiveCall = int (*)(int fd, mmsghdr* headers, unsigned count);
int ReceiveWaiting(int fd, mmsghdr* headers, unsigned count);

/** A socket that has joined the groups. Tests put the end of a socket pair in its place, and the
 * errors of a netlink socket before what it has. */
struct EventChannel {
  UniqueFd fd;
  EventGrant grant;
  bool from_kernel_only = true;
  ReceiveCall receive = ReceiveWaiting;
};

using EventOpener = std::function<Result<EventChannel>(int protocol, const EventSpec& spec)>;

/** Opens a netlink socket, filters it, gives it its receive buffer and joins the groups, in this
 * order: nothing comes in unfiltered. */
Result<EventChannel> OpenKernelEvents(int protocol, const EventSpec& spec);

/** How a drain went. */
struct EventReport {
  /** Times that the kernel said ENOBUFS: its queue was full, and messages were dropped. */
  std::uint64_t overruns = 0;
  /** Messages that the kernel dropped since the last drain, as its own counter says. */
  std::uint64_t lost = 0;
  std::uint64_t discarded = 0;
  std::uint64_t strays = 0;
  /** Set when the socket is of no use any more. */
  std::optional<Failure> failure;
};

/** Receives multicast messages and never waits for any. */
class EventStream {
 public:
  EventStream(EventChannel channel, std::vector<std::uint16_t> data_types);

  /** Readable when messages wait. */
  int fd() const { return channel_.fd.get(); }

  /** Hands the sink every message that waits, as long as it takes them. */
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
