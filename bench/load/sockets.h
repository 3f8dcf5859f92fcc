#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../../native/src/util/fd.h"

namespace load {

using netlink::UniqueFd;

/** An IPv4 or IPv6 address with its port. */
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static Endpoint Of(const std::string& address, std::uint16_t port);
  /** Returns a socket's local endpoint; RemoteOf() returns its remote one. */
  static Endpoint LocalOf(int fd);
  static Endpoint RemoteOf(int fd);

  Endpoint WithPort(std::uint16_t port) const;
  std::string Address() const;
  std::uint16_t Port() const;
  const sockaddr* Generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

class Options;

/** Returns the addresses of `from`, to connect from; empty without the option. */
std::vector<Endpoint> SourcesOf(Options& options);

/** Exits with the system call's error if `result` is negative. */
int Check(int result, const char* call);

/** Opens a nonblocking listener, which may share its port with others. */
UniqueFd Listen(const Endpoint& at);

/** Starts a connection, from an address and port if given. Returns an invalid descriptor, with
 * errno set, on error. */
UniqueFd StartConnect(const Endpoint& to, const Endpoint* from);

/** An epoll instance with a number for every descriptor. */
class Poller {
 public:
  Poller();

  void Add(int fd, std::uint32_t events, std::uint64_t number);

  /** Waits for events, at most `timeout_ms` (-1: for ever). Returns none after a signal. */
  std::span<const epoll_event> Wait(int timeout_ms);

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 256> events_;
};

/** Returns the monotonic clock in nanoseconds. */
std::int64_t Now();

/** Catches SIGTERM and SIGINT. Stopped() returns whether one came. */
void WatchSignals();
bool Stopped();

/** Raises the limit on open files to the hard limit. */
void AllowManyFiles();

}  // namespace load
