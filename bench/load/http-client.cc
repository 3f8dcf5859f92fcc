#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "http.h"
#include "report.h"
#include "sockets.h"

namespace load {
namespace {

constexpr std::size_t kReadBytes = 262'144;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

struct Plan {
  std::size_t connections;
  /** Requests of a connection that wait for answers at most. */
  std::size_t depth;
  std::uint64_t count;
  /** 0: no limit of time. */
  std::uint64_t seconds;
  /** Requests a second; 0: as fast as possible. */
  std::uint64_t rate;
  std::size_t body_bytes;
  bool keeps_times;
};

struct Asking {
  UniqueFd fd;
  std::uint16_t port = 0;
  std::uint64_t begun = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t answered = 0;
  /** Bytes of the next answer that have come. */
  std::size_t received = 0;
  bool dirty = false;
};

/** An answer's last byte had come. */
struct Arrival {
  std::uint16_t port;
  std::uint64_t position;
  std::int64_t ns;
};

class HttpClient {
 public:
  HttpClient(const Plan& plan, const Endpoint& to)
      : plan_(plan), to_(to), requests_(HttpRequests()), answer_(HttpAnswer(plan.body_bytes)) {
    request_bytes_ = requests_.size() / kDifferentRequests;
  }

  void Run() {
    for (std::size_t i = 0; i < plan_.connections; ++i) Open();
    start_ = Now();
    if (plan_.rate == 0) Begin(plan_.count);
    while (!IsOver()) {
      if (plan_.rate > 0) Begin(Due());
      for (const epoll_event& event : poller_.Wait(plan_.rate > 0 ? 1 : 1000)) {
        Asking& asking = asking_[event.data.u64];
        Read(asking);
        if (plan_.rate == 0) Refill(asking);
        Send(asking);
      }
    }
    seconds_ = static_cast<double>(Now() - start_) / kNsPerSecond;
  }

  /** Keeps connections open until SIGTERM. */
  void Hold() {
    SayReady();
    while (!Stopped()) poller_.Wait(-1);
  }

  int Report(const std::string& out) const {
    std::printf("{\"requests\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"seconds\":%.4f}\n", begun_,
                answered_, seconds_);
    if (out.empty()) return 0;
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(out.c_str(), "we"), std::fclose);
    Check(file ? 0 : -1, out.c_str());
    for (const auto& [port, position, ns] : arrivals_) {
      std::fprintf(file.get(), "%u %" PRIu64 " %" PRId64 "\n", port, position, ns);
    }
    Check(std::fflush(file.get()), out.c_str());
    return 0;
  }

 private:
  void Open() {
    UniqueFd fd = StartConnect(to_, nullptr);
    Check(fd.get(), "connect");
    const int on = 1;
    Check(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    poller_.Add(fd.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, asking_.size());
    const std::uint16_t port = Endpoint::LocalOf(fd.get()).Port();
    asking_.push_back({.fd = std::move(fd), .port = port});
  }

  bool MayBegin() const {
    if (begun_ >= plan_.count || Stopped()) return false;
    return plan_.seconds == 0 ||
           Now() - start_ < static_cast<std::int64_t>(plan_.seconds) * kNsPerSecond;
  }

  bool IsOver() const { return answered_ == begun_ && !MayBegin(); }

  /** Returns the requests that should have begun by now. */
  std::uint64_t Due() const {
    if (!MayBegin()) return begun_;
    const double seconds = static_cast<double>(Now() - start_) / kNsPerSecond;
    const auto due = static_cast<std::uint64_t>(seconds * static_cast<double>(plan_.rate)) + 1;
    return std::min(plan_.count, due);
  }

  /** Begins requests in turns of the connections, and sends those of each together. */
  void Begin(std::uint64_t due) {
    std::vector<std::size_t> dirty;
    for (std::size_t full = 0; begun_ < due && full < asking_.size();) {
      next_ = (next_ + 1) % asking_.size();
      Asking& asking = asking_[next_];
      if (asking.begun - asking.answered >= plan_.depth) {
        ++full;
        continue;
      }
      full = 0;
      ++asking.begun;
      ++begun_;
      if (!asking.dirty) dirty.push_back(next_);
      asking.dirty = true;
    }
    for (const std::size_t each : dirty) {
      asking_[each].dirty = false;
      Send(asking_[each]);
    }
  }

  void Refill(Asking& asking) {
    while (asking.begun - asking.answered < plan_.depth && MayBegin()) {
      ++asking.begun;
      ++begun_;
    }
  }

  void Send(Asking& asking) const {
    const std::uint64_t due = asking.begun * request_bytes_;
    while (asking.sent_bytes < due) {
      const std::size_t from = asking.sent_bytes % requests_.size();
      const std::size_t length =
          std::min<std::uint64_t>(due - asking.sent_bytes, requests_.size() - from);
      const ssize_t sent = ::send(asking.fd.get(), requests_.data() + from, length, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EAGAIN || errno == ENOTCONN) return;
        Check(-1, "send");
      }
      asking.sent_bytes += static_cast<std::uint64_t>(sent);
    }
  }

  void Read(Asking& asking) {
    while (true) {
      const ssize_t got = ::recv(asking.fd.get(), buffer_.data(), buffer_.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
      Check(got < 0 ? -1 : 0, "recv");
      if (got == 0) Fail("the server has ended a connection");
      Take(asking, static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) < buffer_.size()) return;
    }
  }

  /** Compares what has come with the answer, and counts answers. */
  void Take(Asking& asking, std::size_t got) {
    for (std::size_t at = 0; at < got;) {
      const std::size_t length = std::min(got - at, answer_.size() - asking.received);
      if (std::memcmp(buffer_.data() + at, answer_.data() + asking.received, length) != 0) {
        Fail("an answer is not the expected one");
      }
      at += length;
      asking.received += length;
      if (asking.received < answer_.size()) return;
      asking.received = 0;
      ++asking.answered;
      ++answered_;
      if (plan_.keeps_times) arrivals_.push_back({asking.port, asking.answered, RealtimeNs()});
    }
  }

  [[noreturn]] static void Fail(const char* what) {
    std::fprintf(stderr, "load: %s\n", what);
    std::exit(1);
  }

  const Plan plan_;
  const Endpoint to_;
  const std::string requests_;
  const std::string answer_;
  std::size_t request_bytes_ = 0;
  Poller poller_;
  std::array<char, kReadBytes> buffer_;
  std::vector<Asking> asking_;
  std::vector<Arrival> arrivals_;
  std::int64_t start_ = 0;
  double seconds_ = 0;
  std::size_t next_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace

int RunHttp(Options options) {
  const auto to =
      Endpoint::Of(options.Text("to"), static_cast<std::uint16_t>(options.Number("port")));
  const std::string out = options.Text("out", "");
  const bool holds = options.Number("hold", 0) != 0;
  const Plan plan{.connections = options.Number("connections", 1),
                  .depth = options.Number("depth", 1),
                  .count = options.Number("count", UINT64_MAX),
                  .seconds = options.Number("seconds", 0),
                  .rate = options.Number("rate", 0),
                  .body_bytes = options.Number("body-bytes", 1024),
                  .keeps_times = !out.empty()};
  options.RequireNoOther();
  if (plan.count == UINT64_MAX && plan.seconds == 0) throw UsageError("--count or --seconds");
  const auto client = std::make_unique<HttpClient>(plan, to);
  client->Run();
  if (holds) client->Hold();
  return client->Report(out);
}

}  // namespace load
