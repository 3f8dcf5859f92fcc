#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace netlink {

/** An IPv4 or IPv6 address with a port, for system calls. */
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length = sizeof(sockaddr_in6);

  SocketAddress() : v6{} {}

  sockaddr* get() { return &any; }
  const sockaddr* get() const { return &any; }
  int family() const { return any.sa_family; }
  /** Returns the port in host byte order. */
  std::uint16_t port() const;
  void SetPort(std::uint16_t port);
  bool IsWildcard() const;
};

/** Parses a numeric address, for example `fe80::1%eth0`. Returns nothing if it is invalid or names
 * an unknown interface. */
std::optional<SocketAddress> ParseSocketAddress(const std::string& host, std::uint16_t port);

}  // namespace netlink
