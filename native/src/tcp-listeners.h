#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "util/fd.h"

namespace netlink {

/** Listening sockets of one address. */
struct TcpListeners {
  /** Takes the connections from other machines, and without `local` all. */
  UniqueFd remote;
  /** Takes the connections from this machine, in a queue of their own. Empty where the kernel
   * cannot tell them apart. */
  UniqueFd local;
};

/** A system call that failed. `call` is a literal. */
struct CallFailure {
  int error;
  const char* call;
};

/**
 * Listens on a numeric address, `fe80::1%eth0` included. An address that another socket listens on
 * is an error (EADDRINUSE), though the two sockets here share it.
 */
std::variant<TcpListeners, CallFailure> ListenTcp(const std::string& host, std::uint16_t port,
                                                  int backlog);

/** A descriptor of the same socket. */
std::variant<UniqueFd, CallFailure> DuplicateFd(int fd);

}  // namespace netlink
