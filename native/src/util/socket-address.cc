#include "socket-address.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <cstring>

namespace netlink {

// sin_port and sin6_port are at the same place.
std::uint16_t SocketAddress::port() const { return ntohs(v4.sin_port); }

void SocketAddress::SetPort(std::uint16_t port) { v4.sin_port = htons(port); }

bool SocketAddress::IsWildcard() const {
  if (family() == AF_INET) return v4.sin_addr.s_addr == INADDR_ANY;
  return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

std::optional<SocketAddress> ParseSocketAddress(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  // The common case, for which getaddrinfo() is slow.
  if (::inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.length = sizeof(sockaddr_in);
    address.SetPort(port);
    return address;
  }
  addrinfo hints{};
  hints.ai_family = AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  std::memcpy(&address.v6, found->ai_addr, sizeof(address.v6));
  ::freeaddrinfo(found);
  address.SetPort(port);
  return address;
}

}  // namespace netlink
