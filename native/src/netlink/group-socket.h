#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "../util/fd.h"
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

/** Largest multicast group that a socket can name. */
inline constexpr std::uint32_t kMaxGroup = 0x7fffffff;

/** Subscription of a socket to multicast groups. */
struct GroupSpec {
  /** Numbers of the groups, from 1. */
  std::vector<std::uint32_t> groups;
  /** Size in bytes as the kernel counts, which includes its own overhead. */
  std::size_t receive_buffer = 0;
  std::vector<FilterInstruction> filter = {};
  /** Filter to attach if the kernel refuses `filter`. Empty: there is no other filter. */
  std::vector<FilterInstruction> fallback_filter = {};
  /** True to receive messages of all network namespaces that have an id in the socket's own. */
  bool all_namespaces = false;
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

using GroupOpener = std::function<Result<EventChannel>(int protocol, const GroupSpec& spec)>;

/** Opens a netlink socket, attaches its filter, sets its receive buffer and joins the groups, in
 * this order: no message arrives unfiltered. */
Result<EventChannel> OpenGroups(int protocol, const GroupSpec& spec);

/** Attaches a classic BPF program to any socket, in place of one that it has. Returns false, with
 * errno set, if the kernel refuses it. */
bool AttachFilter(int fd, const std::vector<FilterInstruction>& filter);

/** Sets the receive buffer, beyond net.core.rmem_max if allowed. Returns whether that was allowed.
 */
bool SetReceiveBuffer(int fd, std::size_t bytes);

/** Returns the size of the receive buffer, as the kernel counts. */
std::size_t ReceiveBufferOf(int fd);

/** Reads how many messages the kernel has dropped at a socket. */
class DropCounter {
 public:
  /** Returns the number of drops since the last call. */
  std::uint64_t Take(int fd);

 private:
  std::uint32_t drops_ = 0;
};

}  // namespace netlink
