#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "options.h"

namespace load {
namespace {

volatile sig_atomic_t stopped = 0;

/** Returns the port of an address. It has the same offset in both families. */
in_port_t* PortOf(sockaddr_storage& storage) {
  return &reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
}

UniqueFd OpenSocket(const Endpoint& endpoint) {
  return UniqueFd(
      ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

int Check(int result, const char* call) {
  if (result >= 0) return result;
  std::perror(call);
  std::exit(1);
}

Endpoint Endpoint::Of(const std::string& address, std::uint16_t port) {
  Endpoint endpoint;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
  if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    endpoint.length = sizeof *v4;
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    endpoint.length = sizeof *v6;
  } else {
    throw UsageError(address + " is not an address");
  }
  return endpoint.WithPort(port);
}

Endpoint Endpoint::LocalOf(int fd) {
  Endpoint endpoint;
  endpoint.length = sizeof endpoint.storage;
  Check(::getsockname(fd, reinterpret_cast<sockaddr*>(&endpoint.storage), &endpoint.length),
        "getsockname");
  return endpoint;
}

Endpoint Endpoint::RemoteOf(int fd) {
  Endpoint endpoint;
  endpoint.length = sizeof endpoint.storage;
  Check(::getpeername(fd, reinterpret_cast<sockaddr*>(&endpoint.storage), &endpoint.length),
        "getpeername");
  return endpoint;
}

Endpoint Endpoint::WithPort(std::uint16_t port) const {
  Endpoint other = *this;
  *PortOf(other.storage) = htons(port);
  return other;
}

std::string Endpoint::Address() const {
  char text[INET6_ADDRSTRLEN] = "";
  const void* address =
      storage.ss_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  ::inet_ntop(storage.ss_family, address, text, sizeof text);
  return text;
}

std::uint16_t Endpoint::Port() const {
  sockaddr_storage copy = storage;
  return ntohs(*PortOf(copy));
}

std::vector<Endpoint> SourcesOf(Options& options) {
  std::vector<Endpoint> sources;
  for (const std::string& address : options.List("from")) {
    sources.push_back(Endpoint::Of(address, 0));
  }
  return sources;
}

UniqueFd Listen(const Endpoint& at) {
  UniqueFd fd = OpenSocket(at);
  Check(fd.get(), "socket");
  const int on = 1;
  Check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  Check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
  Check(::bind(fd.get(), at.Generic(), at.length), "bind");
  // The kernel limits the backlog to net.core.somaxconn.
  Check(::listen(fd.get(), 65'535), "listen");
  return fd;
}

UniqueFd StartConnect(const Endpoint& to, const Endpoint* from) {
  UniqueFd fd = OpenSocket(to);
  Check(fd.get(), "socket");
  if (from != nullptr) {
    // Sockets in TIME_WAIT with this port have another destination.
    const int on = 1;
    Check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    if (::bind(fd.get(), from->Generic(), from->length) < 0) return {};
  }
  if (::connect(fd.get(), to.Generic(), to.length) == 0 || errno == EINPROGRESS) return fd;
  return {};
}

Poller::Poller() : epoll_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void Poller::Add(int fd, std::uint32_t events, std::uint64_t number) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = number;
  Check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

std::span<const epoll_event> Poller::Wait(int timeout_ms) {
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  if (count < 0 && errno == EINTR) return {};
  return {events_.data(), static_cast<std::size_t>(Check(count, "epoll_wait"))};
}

std::int64_t Now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

void WatchSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };  // without SA_RESTART: waits end
  for (const int signal : {SIGTERM, SIGINT}) {
    Check(::sigaction(signal, &action, nullptr), "sigaction");
  }
  ::signal(SIGPIPE, SIG_IGN);
}

bool Stopped() { return stopped != 0; }

void AllowManyFiles() {
  rlimit limit{};
  Check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  Check(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

}  // namespace load
