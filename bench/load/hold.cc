#include "hold.h"

#include <poll.h>

#include <cerrno>
#include <cstdio>

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
  const Endpoint to =
      Endpoint::Of(options.Text("to"), static_cast<std::uint16_t>(options.Number("port")));
  const std::uint64_t count = options.Number("count");
  const auto seconds = static_cast<std::int64_t>(options.Number("seconds"));
  const std::string out = options.Text("out", "");
  const std::vector<Endpoint> from = SourcesOf(options);
  Traffic traffic(options);
  options.RequireNoOther();
  for (std::uint64_t i = 0; i < count && !Stopped(); ++i) {
    traffic.Add(Connect(to, from.empty() ? nullptr : &from[i % from.size()]));
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
  const Endpoint at =
      Endpoint::Of(options.Text("address"), static_cast<std::uint16_t>(options.Number("port")));
  const std::string out = options.Text("out", "");
  Traffic traffic(options);
  options.RequireNoOther();
  const UniqueFd listener = Listen(at);
  constexpr std::uint64_t kListener = ~std::uint64_t{0};
  traffic.poller().Add(listener.get(), EPOLLIN, kListener);
  SayReady();
  while (!Stopped()) {
    traffic.Send();
    for (const epoll_event& event : traffic.poller().Wait(traffic.Timeout())) {
      if (event.data.u64 != kListener) {
        traffic.Read(event.data.u64);
        continue;
      }
      const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) traffic.Add(UniqueFd(fd));
    }
  }
  return ReportTraffic(traffic, out);
}

}  // namespace load
