#include "sockets.h"

#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

namespace netlink::relay {
namespace {

constexpr int kAttachReusePort = 51;     // SO_ATTACH_REUSEPORT_CBPF, asm-generic/socket.h
constexpr std::uint16_t kReturn = 0x06;  // BPF_RET | BPF_K, linux/bpf_common.h

/** struct sock_filter and struct sock_fprog, include/uapi/linux/filter.h. */
struct FilterInstruction {
  std::uint16_t code;
  std::uint8_t jump_true;
  std::uint8_t jump_false;
  std::uint32_t operand;
};
struct FilterProgram {
  unsigned short length;
  const FilterInstruction* instructions;
};

bool SetOption(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/** IP_TRANSPARENT and IPV6_TRANSPARENT. */
bool SetTransparent(int fd, int family) {
  return family == AF_INET ? SetOption(fd, IPPROTO_IP, IP_TRANSPARENT, 1)
                           : SetOption(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
}

/**
 * Sets the options of relayed connections. Urgent bytes stay in the stream: otherwise they would be
 * lost, because one relay cannot pass the mark on without a race.
 */
bool SetSide(int fd, const SideOptions& options) {
  bool set =
      SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1) && SetOption(fd, SOL_SOCKET, SO_OOBINLINE, 1);
  if (options.keep_alive_sec > 0) {
    set = set && SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
          SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, options.keep_alive_sec);
  }
  if (options.user_timeout_ms > 0) {
    set = set && SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout_ms);
  }
  return set;
}

/**
 * Has the kernel give every new connection to the second socket at an address: this one, beside the
 * one that it takes over from. Alone at the address it gets all, whatever the program returns
 * (reuseport_select_sock in net/core/sock_reuseport.c).
 */
bool DirectToNewest(int fd) {
  const FilterInstruction newest{.code = kReturn, .jump_true = 0, .jump_false = 0, .operand = 1};
  const FilterProgram program{.length = 1, .instructions = &newest};
  return ::setsockopt(fd, SOL_SOCKET, kAttachReusePort, &program, sizeof(program)) == 0;
}

}  // namespace

std::variant<UniqueFd, CallFailure> OpenListener(const ListenSpec& spec) {
  const int family = spec.address.family();
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return CallFailure{errno, "socket"};
  const bool set =
      SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
      (!spec.takes_over || SetOption(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) &&
      (family != AF_INET6 || SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, spec.v6_only)) &&
      (!spec.transparent || SetTransparent(fd.get(), family)) && SetSide(fd.get(), spec.side);
  if (!set) return CallFailure{errno, "setsockopt"};
  if (::bind(fd.get(), spec.address.get(), spec.address.length) < 0) {
    return CallFailure{errno, "bind"};
  }
  // Only after the bind, which must fail if another program listens already.
  if (spec.shares && !SetOption(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) {
    return CallFailure{errno, "setsockopt"};
  }
  if (::listen(fd.get(), spec.backlog) < 0) return CallFailure{errno, "listen"};
  if (spec.takes_over && !DirectToNewest(fd.get())) return CallFailure{errno, "setsockopt"};
  return fd;
}

std::variant<UniqueFd, ConnectFailure> OpenBackend(const BackendSpec& spec) {
  const auto failed = [](ConnectCall call) { return ConnectFailure{errno, call}; };
  const int family = spec.address.family();
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed(ConnectCall::kSocket);
  if (!SetSide(fd.get(), spec.side)) return failed(ConnectCall::kSetsockopt);
  if (spec.source) {
    // With the port chosen at connect(), one source address has as many ports for each backend.
    const bool set =
        (!spec.transparent || SetTransparent(fd.get(), family)) &&
        (spec.source->port() != 0 || SetOption(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
    if (!set) return failed(ConnectCall::kSetsockopt);
    if (::bind(fd.get(), spec.source->get(), spec.source->length) < 0) {
      return failed(ConnectCall::kBind);
    }
  }
  if (::connect(fd.get(), spec.address.get(), spec.address.length) < 0 && errno != EINPROGRESS) {
    return failed(ConnectCall::kConnect);
  }
  return fd;
}

SocketAddress LocalAddress(int fd) {
  SocketAddress address;
  if (::getsockname(fd, address.get(), &address.length) < 0) return {};
  return address;
}

SocketAddress PeerAddress(int fd) {
  SocketAddress address;
  if (::getpeername(fd, address.get(), &address.length) < 0) return {};
  return address;
}

Endpoint EndpointOf(const SocketAddress& address) {
  Endpoint end{};
  end.family = static_cast<std::uint16_t>(address.family());
  end.port = address.port();
  if (address.family() == AF_INET) {
    std::memcpy(end.bytes, &address.v4.sin_addr, sizeof(address.v4.sin_addr));
  } else {
    std::memcpy(end.bytes, &address.v6.sin6_addr, sizeof(address.v6.sin6_addr));
    end.scope = address.v6.sin6_scope_id;
  }
  return end;
}

SocketAddress Unmapped(const SocketAddress& address) {
  if (address.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) return address;
  SocketAddress plain;
  plain.v4.sin_family = AF_INET;
  plain.v4.sin_port = address.v6.sin6_port;
  std::memcpy(&plain.v4.sin_addr, &address.v6.sin6_addr.s6_addr[12], sizeof(plain.v4.sin_addr));
  plain.length = sizeof(sockaddr_in);
  return plain;
}

std::uint64_t CookieOf(int fd) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

int PendingError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

Bytes ReadTcpInfo(int fd, TcpInfoBuffer& buffer) {
  socklen_t length = buffer.size();
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, buffer.data(), &length) < 0) return {};
  return {buffer.data(), length};
}

void ResetAtClose(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  // Cannot fail for a socket. If it did, the close would send FIN.
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace netlink::relay
