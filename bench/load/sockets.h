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

/** An address with its port, IPv4 or IPv6. */
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static Endpoint Of(const std::string& address, std::uint16_t port);
  /** A socket's own end, and the other one. */
  static Endpoint LocalOf(int fd);
  static Endpoint RemoteOf(int fd);

  Endpoint WithPort(std::uint16_t port) const;
  std::string Address() const;
  std::uint16_t Port() const;
  const sockaddr* Generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

class Options;

/** The addresses of `from`, to connect from; none when none is given. */
std::vector<Endpoint> SourcesOf(Options& options);

/** Ends the program with the system call's error when `result` says that there was one. */
int Check(int result, const char* call);

/** A listener that does not block, beside others on the same port if there are. */
UniqueFd Listen(const Endpoint& at);

/** A connection under way, from an address and its port if one is given. Invalid, with errno, when
 * it cannot be. */
UniqueFd StartConnect(const Endpoint& to, const Endpoint* from);

/** epoll, with a number for every descriptor. */
class Poller {
 public:
  Poller();

  void Add(int fd, std::uint32_t events, std::uint64_t number);

  /** Waits for events, at most so long; -1 is for ever. None when a signal came. */
  std::span<const epoll_event> Wait(int timeout_ms);

 private:
  UniqueFd epoll_;
  std::array<epoll_event, 256> events_;
};

/** Nanoseconds on the monotonic clock. */
std::int64_t Now();

/** Has SIGTERM and SIGINT end the program in order, and whether one came. */
void WatchSignals();
bool Stopped();

/** Lifts the limit of open files to the highest allowed. */
void AllowManyFiles();

}  // namespace load
