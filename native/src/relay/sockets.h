#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "../util/bytes.h"
#include "../util/call-failure.h"
#include "../util/fd.h"
#include "../util/socket-address.h"
#include "event.h"

namespace netlink::relay {

/** Socket options of one side. `RelaySocketOptions` in relay-binding.ts. */
struct SideOptions {
  int user_timeout_ms = 0;
  int keep_alive_sec = 30;
};

/** Options of a listening socket. `RelayListenOptions` in relay-binding.ts. */
struct ListenSpec {
  SocketAddress address;
  SideOptions side;
  int backlog = 4096;
  /** True to join other sockets of this user at the address, if they share it, and to get all new
   * connections. */
  bool takes_over = false;
  /** True to let another socket of this user take the address over later. */
  bool shares = false;
  bool v6_only = false;
  bool transparent = false;
};

/** Addresses and options of a connection to a backend. */
struct BackendSpec {
  SocketAddress address;
  /** Address to bind to, if any. */
  std::optional<SocketAddress> source;
  SideOptions side;
  bool transparent = false;
};

/** Reason why a socket for a backend could not be made. */
struct ConnectFailure {
  int error;
  ConnectCall call;
};

/** Opens a listening socket. Accepted sockets inherit its options. */
std::variant<UniqueFd, CallFailure> OpenListener(const ListenSpec& spec);

/** Opens a socket and begins to connect it. */
std::variant<UniqueFd, ConnectFailure> OpenBackend(const BackendSpec& spec);

/** Returns this machine's or the peer's end of a socket; zeros when it has none any longer. */
SocketAddress LocalAddress(int fd);
SocketAddress PeerAddress(int fd);

Endpoint EndpointOf(const SocketAddress& address);

/** Returns an IPv4-mapped address as IPv4, any other as it is. */
SocketAddress Unmapped(const SocketAddress& address);

/** Returns SO_COOKIE, or 0 before Linux 4.12. */
std::uint64_t CookieOf(int fd);

/** Returns and clears the socket's pending error, or 0. */
int PendingError(int fd);

/** Room for `struct tcp_info` of kernels to come. */
using TcpInfoBuffer = std::array<std::uint8_t, 512>;

/** Reads TCP_INFO. Returns the bytes that the kernel filled in. */
Bytes ReadTcpInfo(int fd, TcpInfoBuffer& buffer);

/** Makes the close of a socket send RST, and discard what was not sent. */
void ResetAtClose(int fd);

}  // namespace netlink::relay
