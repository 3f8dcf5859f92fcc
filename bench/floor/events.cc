#include "events.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "../../native/src/netlink/group-socket.h"
#include "../../native/src/netlink/netlink-socket.h"

namespace bench {
namespace {

/** Receive buffers, as many as in a listener of the addon. */
constexpr std::size_t kDatagrams = 64;
constexpr std::size_t kDatagramSize = 4096;

volatile sig_atomic_t stopped = 0;

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Events {
  std::uint64_t received = 0;
  std::uint64_t overruns = 0;
};

/** Receives everything that is queued. Returns false when the socket failed. */
bool Receive(int fd, netlink::ReceiveBuffers& buffers, Events& events) {
  while (true) {
    const int count = netlink::ReceiveWaiting(fd, buffers.Prepare(), buffers.count());
    if (count > 0) {
      events.received += static_cast<std::uint64_t>(count);
      if (count < static_cast<int>(buffers.count())) return true;
    } else if (errno == ENOBUFS) {
      ++events.overruns;
    } else {
      return errno == EAGAIN || errno == EINTR;
    }
  }
}

}  // namespace

int RunEvents(load::Options options) {
  netlink::GroupSpec spec;
  const int protocol = static_cast<int>(options.Number("protocol"));
  for (const std::string& group : options.List("groups")) {
    spec.groups.push_back(static_cast<std::uint32_t>(std::stoul(group)));
  }
  spec.receive_buffer = options.Number("buffer", 8 * 1024 * 1024);
  const auto gather_ms = static_cast<int>(options.Number("gather-ms", 5));
  options.RequireNoOther();
  if (spec.groups.empty()) throw load::UsageError("--groups is missing");

  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  auto opened = netlink::OpenGroups(protocol, spec);
  if (const auto* failure = std::get_if<netlink::Failure>(&opened)) {
    errno = failure->error;
    std::perror(failure->op);
    return 1;
  }
  const int fd = std::get<netlink::EventChannel>(opened).fd.get();
  netlink::ReceiveBuffers buffers(kDatagrams, kDatagramSize);
  Events events;
  std::fprintf(stderr, "ready\n");
  bool good = true;
  while (good && stopped == 0) {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, -1) <= 0) continue;
    good = Receive(fd, buffers, events);
    ::poll(nullptr, 0, gather_ms);
  }
  good &= Receive(fd, buffers, events);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  netlink::DropCounter drops;
  std::printf("{\"events\":%" PRIu64 ",\"overruns\":%" PRIu64 ",\"lost\":%" PRIu64
              ",\"userSeconds\":%.6f,\"systemSeconds\":%.6f}\n",
              events.received, events.overruns, drops.Take(fd), SecondsOf(usage.ru_utime),
              SecondsOf(usage.ru_stime));
  return good ? 0 : 1;
}

}  // namespace bench
