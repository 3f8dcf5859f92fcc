#include "tcp-listeners.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/socket-address.h"

namespace netlink {
namespace {

bool SetOption(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/* Kernel buffers of a connection in bytes: the limit for a client that sends without end or does
 * not read. Connections inherit them from the listening socket; the kernel doubles them for its own
 * overhead. */
constexpr int kReceiveBytes = 4 * 1024;
constexpr int kSendBytes = 64 * 1024;

/** Opens a socket like Node does: its address may have old connections in TIME_WAIT, and `::` also
 * accepts IPv4. */
std::variant<UniqueFd, CallFailure> OpenSocket(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return CallFailure{errno, "socket"};
  const bool set = SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
                   SetOption(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBytes) &&
                   SetOption(fd.get(), SOL_SOCKET, SO_SNDBUF, kSendBytes) &&
                   (family != AF_INET6 || SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0));
  if (!set) return CallFailure{errno, "setsockopt"};
  return fd;
}

std::optional<CallFailure> BindAndListen(int fd, SocketAddress& address, int backlog) {
  if (::bind(fd, address.get(), address.length) < 0) return CallFailure{errno, "bind"};
  if (::listen(fd, backlog) < 0) return CallFailure{errno, "listen"};
  return std::nullopt;
}

/** Index of the loopback interface in every network namespace: LOOPBACK_IFINDEX. */
constexpr std::uint32_t kLoopback = 1;

/**
 * Lets the kernel choose between the two sockets of the group. Packets of the machine to itself,
 * from and to any of its addresses, arrive on its loopback interface.
 */
bool AttachChooser(int fd) {
  const auto interface = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_IFINDEX);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, interface),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kLoopback, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 1),  // the second socket
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof(filter)) == 0;
}

/**
 * Opens the second socket of an address. The first one was bound without SO_REUSEPORT, so that an
 * address in use is an error; only now it allows the second one.
 */
UniqueFd ListenBeside(int first, int backlog) {
  SocketAddress address;
  if (::getsockname(first, address.get(), &address.length) < 0) return {};
  auto opened = OpenSocket(address.family());
  auto* const fd = std::get_if<UniqueFd>(&opened);
  if (fd == nullptr) return {};
  const bool shared = SetOption(first, SOL_SOCKET, SO_REUSEPORT, 1) &&
                      SetOption(fd->get(), SOL_SOCKET, SO_REUSEPORT, 1) &&
                      !BindAndListen(fd->get(), address, backlog) && AttachChooser(first);
  return shared ? std::move(*fd) : UniqueFd();
}

}  // namespace

std::variant<TcpListeners, CallFailure> ListenTcp(const std::string& host, std::uint16_t port,
                                                  int backlog) {
  std::optional<SocketAddress> address = ParseSocketAddress(host, port);
  if (!address) return CallFailure{EINVAL, "getaddrinfo"};
  auto opened = OpenSocket(address->family());
  if (const auto* failure = std::get_if<CallFailure>(&opened)) return *failure;
  TcpListeners listeners;
  listeners.remote = std::move(std::get<UniqueFd>(opened));
  if (const auto failure = BindAndListen(listeners.remote.get(), *address, backlog))
    return *failure;
  listeners.local = ListenBeside(listeners.remote.get(), backlog);
  return listeners;
}

std::variant<UniqueFd, CallFailure> DuplicateFd(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return CallFailure{errno, "fcntl"};
  return copy;
}

}  // namespace netlink
