#include "hold.h"

#include <poll.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "traffic.h"

namespace load {
namespace {

/** Time limit for establishing a connection. */
constexpr int kConnectMs = 10'000;

UniqueFd Connect(const Endpoint& to, const Endpoint* from) {
  UniqueFd fd = StartConnect(to, from);
  Check(fd.get(), "connect");
  pollfd wait{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&wait, 1, kConnectMs) == 0) errno = ETIMEDOUT;
  Check((wait.revents & POLLERR) != 0 || wait.revents == 0 ? -1 : 0, "connect");
  return fd;
}

}  // namespace

int RunHold(Options options) {
  const std::string host = options.Text("to");
  const std::uint64_t port = options.Number("port");
  std::vector<Endpoint> to;
  for (std::uint64_t i = 0; i < options.Number("ports", 1); ++i) {
    to.push_back(Endpoint::Of(host, static_cast<std::uint16_t>(port + i)));
  }
  const std::uint64_t count = options.Number("count");
  const auto seconds = static_cast<std::int64_t>(options.Number("seconds"));
  const std::string out = options.Text("out", "");
  const std::vector<Endpoint> from = SourcesOf(options);
  Traffic traffic(options);
  options.RequireNoOther();
  for (std::uint64_t i = 0; i < count && !Stopped(); ++i) {
    traffic.Add(Connect(to[i % to.size()], from.empty() ? nullptr : &from[i % from.size()]));
  }
  SayReady();
  const std::int64_t end = Now() + seconds * 1'000'000'000;
  bool ended = false;
  while (traffic.open() > 0) {
    if (!ended && (Stopped() || Now() >= end)) {
      traffic.EndAll();
      ended = true;
    }
    traffic.Send();
    for (const epoll_event& event : traffic.poller().Wait(traffic.Timeout())) {
      traffic.Read(event.data.u64);
    }
  }
  return ReportTraffic(traffic, out);
}

int RunHoldServer(Options options) {
  const std::string host = options.Text("address");
  const std::uint64_t port = options.Number("port");
  const std::uint64_t ports = options.Number("ports", 1);
  const std::string out = options.Text("out", "");
  Traffic traffic(options);
  options.RequireNoOther();
  std::vector<UniqueFd> listeners;
  // Listeners have the highest numbers, downwards; connections have the lowest.
  constexpr std::uint64_t kFirstListener = ~std::uint64_t{0};
  for (std::uint64_t i = 0; i < ports; ++i) {
    listeners.push_back(Listen(Endpoint::Of(host, static_cast<std::uint16_t>(port + i))));
    traffic.poller().Add(listeners.back().get(), EPOLLIN, kFirstListener - i);
  }
  SayReady();
  while (!Stopped()) {
    traffic.Send();
    for (const epoll_event& event : traffic.poller().Wait(traffic.Timeout())) {
      const std::uint64_t number = kFirstListener - event.data.u64;
      if (number >= listeners.size()) {
        traffic.Read(event.data.u64);
        continue;
      }
      const int fd =
          ::accept4(listeners[number].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) traffic.Add(UniqueFd(fd));
    }
  }
  return ReportTraffic(traffic, out);
}

}  // namespace load
