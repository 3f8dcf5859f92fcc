#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "util/call-failure.h"
#include "util/fd.h"

namespace netlink {

/** The listening sockets of one address. */
struct TcpListeners {
  /** Socket for connections from other machines; without `local`, for all connections. */
  UniqueFd remote;
  /** Socket for connections from this machine, with a separate queue. Empty if the kernel cannot
   * distinguish them. */
  UniqueFd local;
};

/**
 * Listens on a numeric address, for example `fe80::1%eth0`. Fails with EADDRINUSE if another socket
 * listens on it, although the two sockets here share it.
 */
std::variant<TcpListeners, CallFailure> ListenTcp(const std::string& host, std::uint16_t port,
                                                  int backlog);

/** Returns another descriptor of the same socket. */
std::variant<UniqueFd, CallFailure> DuplicateFd(int fd);

}  // namespace netlink
