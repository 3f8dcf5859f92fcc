#include "churn.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "payload.h"
#include "report.h"

namespace load {
namespace {

struct Settings {
  std::vector<Endpoint> to;
  std::vector<Endpoint> from;
  std::uint64_t count;
  /** Connections per second; 0 is as fast as possible. */
  std::uint64_t rate;
  /** Maximum number of simultaneous connections. A small number keeps waiting times short. */
  std::uint64_t window;
  Payload payload;
  std::string out;
};

/** First local port, if addresses are given. */
constexpr std::size_t kFirstOwnPort = 1024;
constexpr std::size_t kOwnPorts = 65'536 - kFirstOwnPort;

/** Maximum time without any event. */
constexpr int kStallMs = 30'000;

Settings Read(Options& options) {
  Settings settings{.to = {},
                    .from = SourcesOf(options),
                    .count = options.Number("count"),
                    .rate = options.Number("rate", 0),
                    .window = options.Number("window", 8),
                    .payload = Payload(options),
                    .out = options.Text("out", "")};
  const Endpoint first =
      Endpoint::Of(options.Text("to"), static_cast<std::uint16_t>(options.Number("port")));
  for (std::uint64_t i = 0; i < options.Number("ports", 1); ++i) {
    settings.to.push_back(first.WithPort(static_cast<std::uint16_t>(first.Port() + i)));
  }
  options.RequireNoOther();
  return settings;
}

class Client {
 public:
  explicit Client(const Settings& settings) : settings_(settings), slots_(settings.window) {
    for (std::size_t i = slots_.size(); i > 0; --i) free_.push_back(i - 1);
    counts_.reserve(settings.count);
    lifetimes_.reserve(settings.count);
  }

  int Run() {
    began_ = Now();
    std::int64_t moved = began_;
    while (started_ < Wanted() || free_.size() < slots_.size()) {
      while (!free_.empty() && started_ < Due()) Start();
      const auto events = poller_.Wait(Timeout());
      for (const epoll_event& event : events) Advance(slots_[event.data.u64]);
      if (!events.empty() || started_ < Wanted()) moved = Now();
      if (Now() - moved > kStallMs * std::int64_t{1'000'000}) {
        std::fprintf(stderr, "nothing happened for %d ms\n", kStallMs);
        return 1;
      }
    }
    Report();
    return failed_ == 0 ? 0 : 1;
  }

 private:
  struct Slot {
    UniqueFd fd;
    std::uint64_t number = 0;
    std::int64_t started = 0;
    std::uint64_t left = 0;
    bool writing = true;
    Count count;
  };

  std::uint64_t Wanted() const { return Stopped() ? started_ : settings_.count; }

  /** Returns the number of connections that should have been started by now. */
  std::uint64_t Due() const {
    if (settings_.rate == 0) return Wanted();
    const double seconds = static_cast<double>(Now() - began_) / 1e9;
    const auto due = static_cast<std::uint64_t>(seconds * static_cast<double>(settings_.rate)) + 1;
    return std::min(Wanted(), due);
  }

  int Timeout() const {
    const bool waits_for_time = !free_.empty() && started_ < Wanted();
    return waits_for_time ? 1 : 1000;
  }

  void Start() {
    const std::size_t index = free_.back();
    Slot& slot = slots_[index];
    slot = {};
    slot.number = started_++;
    slot.started = Now();
    slot.left = settings_.payload.SizeOf(slot.number);
    slot.fd = Connect(slot);
    if (!slot.fd) return Failed("connect");
    free_.pop_back();
    poller_.Add(slot.fd.get(), EPOLLIN | EPOLLOUT | EPOLLET, index);
  }

  UniqueFd Connect(Slot& slot) {
    const std::vector<Endpoint>& to = settings_.to;
    slot.count.remote = to[slot.number % to.size()];
    if (settings_.from.empty()) return StartConnect(slot.count.remote, nullptr);
    // Use every port of every address in turn, then with the next destination. connect() itself
    // would search longer for a free port, the more of them are in TIME_WAIT.
    for (std::size_t tries = 0; tries < kOwnPorts; ++tries) {
      const std::size_t number = static_cast<std::size_t>(slot.number) + passed_;
      slot.count.remote = to[(number + number / settings_.from.size() / kOwnPorts) % to.size()];
      const Endpoint own = OwnEnd(number);
      UniqueFd fd = StartConnect(slot.count.remote, &own);
      if (fd || errno != EADDRINUSE) return fd;
      // Another socket uses the port: skip it.
      ++passed_;
    }
    return {};
  }

  Endpoint OwnEnd(std::size_t number) const {
    const std::size_t turn = number / settings_.from.size();
    const auto port = static_cast<std::uint16_t>(kFirstOwnPort + turn % kOwnPorts);
    return settings_.from[number % settings_.from.size()].WithPort(port);
  }

  void Advance(Slot& slot) {
    if (!slot.fd) return;
    if (slot.writing && !Write(slot)) return;
    std::uint8_t reply[4096];
    while (true) {
      const ssize_t got = ::recv(slot.fd.get(), reply, sizeof reply, 0);
      if (got > 0) {
        slot.count.received += static_cast<std::uint64_t>(got);
        continue;
      }
      if (got == 0) return Finish(slot);
      if (errno != EAGAIN) Abandon(slot, "recv");
      return;
    }
  }

  /** Writes the data, then shuts down. Returns whether this is done. */
  bool Write(Slot& slot) {
    while (slot.left > 0) {
      const Bytes piece = settings_.payload.Piece(slot.number, slot.count.sent, slot.left);
      // MSG_MORE: the FIN goes with the data, in one segment.
      const ssize_t sent =
          ::send(slot.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_MORE);
      if (sent < 0 && errno == EAGAIN) return false;
      if (sent < 0) {
        Abandon(slot, "send");
        return false;
      }
      slot.count.sent += static_cast<std::uint64_t>(sent);
      slot.left -= static_cast<std::uint64_t>(sent);
    }
    slot.count.local = Endpoint::LocalOf(slot.fd.get());
    slot.writing = false;
    Check(::shutdown(slot.fd.get(), SHUT_WR), "shutdown");
    return true;
  }

  void Finish(Slot& slot) {
    lifetimes_.push_back(Now() - slot.started);
    counts_.push_back(slot.count);
    Release(slot);
  }

  void Abandon(Slot& slot, const char* call) {
    Failed(call);
    Release(slot);
  }

  void Release(Slot& slot) {
    slot.fd = UniqueFd();
    free_.push_back(static_cast<std::size_t>(&slot - slots_.data()));
  }

  void Failed(const char* call) {
    if (failed_++ == 0) std::perror(call);
  }

  void Report() {
    const double seconds = static_cast<double>(Now() - began_) / 1e9;
    WriteCounts(settings_.out, counts_);
    const Count sum = Sum(counts_);
    std::ranges::sort(lifetimes_);
    const auto at = [this](double share) {
      if (lifetimes_.empty()) return std::int64_t{0};
      const auto last = static_cast<double>(lifetimes_.size() - 1);
      return lifetimes_[static_cast<std::size_t>(last * share)] / 1000;
    };
    const auto quick = std::ranges::lower_bound(lifetimes_, 1'000'000) - lifetimes_.begin();
    std::printf("{\"connections\":%zu,\"failed\":%" PRIu64 ",\"sent\":%" PRIu64
                ",\"received\":%" PRIu64
                ",\"seconds\":%.3f,\"perSecond\":%.0f,"
                "\"lifetimeUs\":{\"p50\":%" PRId64 ",\"p99\":%" PRId64 ",\"max\":%" PRId64
                "},\"underMillisecond\":%td}\n",
                counts_.size(), failed_, sum.sent, sum.received, seconds,
                static_cast<double>(counts_.size()) / seconds, at(0.5), at(0.99), at(1), quick);
  }

  const Settings& settings_;
  Poller poller_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;
  std::vector<Count> counts_;
  std::vector<std::int64_t> lifetimes_;
  std::uint64_t started_ = 0;
  std::uint64_t failed_ = 0;
  /** Number of skipped endpoints that other sockets use. */
  std::size_t passed_ = 0;
  std::int64_t began_ = 0;
};

}  // namespace

int RunChurn(Options options) {
  const Settings settings = Read(options);
  return Client(settings).Run();
}

}  // namespace load
