#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../../src/util/clock.h"
#include "../check.h"
#include "relay-harness.h"

/*
 * Random traffic through a relay against a model: every byte is a function of its place in the
 * stream, so each end checks all that it reads. RELAY_FUZZ_SECONDS makes it run longer than a few
 * rounds, RELAY_FUZZ_SEED begins with another seed.
 */

namespace netlink::test {
namespace {

using relay::EndReason;
using relay::EventKind;

constexpr std::size_t kConnections = 24;
constexpr std::size_t kIdBytes = 8;
constexpr std::int64_t kRoundNs = 60 * kNsPerSecond;
constexpr int kSmallBuffer = 4096;

std::uint8_t ByteAt(std::uint64_t stream, std::uint64_t place) {
  return static_cast<std::uint8_t>((place * 167 + (place >> 8) * 13 + stream * 59) & 0xff);
}

/** One of the two programs that a relay joins. */
struct End {
  UniqueFd fd;
  std::uint64_t sends_stream = 0;
  std::uint64_t reads_stream = 0;
  /** Script: bytes to send, then FIN or RST. */
  std::uint64_t to_send = 0;
  bool resets = false;
  /** Reads only every so many turns. */
  unsigned slowness = 1;

  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  bool sent_fin = false;
  bool got_fin = false;
  bool sent_reset = false;
  bool got_reset = false;

  bool done() const { return (sent_fin && got_fin) || sent_reset || got_reset; }
};

/** Behaviour of JavaScript towards a connection. */
enum class Policy {
  kRelay,
  kRejectByReset,
  kRejectByFin,
  kCloseByReset,
  kCloseByFin,
  kRefusedFirst
};

struct Link {
  End client;
  End backend;
  Policy policy = Policy::kRelay;
  std::uint64_t id = 0;
  std::uint64_t dump_bytes = 0;
  std::uint64_t dumped = 0;
  std::array<std::uint8_t, kIdBytes> head{};
  bool connected = false;
  std::vector<RelayRecord> ended;

  /** True when only the two ends have ended it, both with FIN. */
  bool clean() const {
    return !client.resets && !backend.resets &&
           (policy == Policy::kRelay || policy == Policy::kRefusedFirst);
  }
};

void SetNonBlocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

class Round {
 public:
  explicit Round(std::uint64_t seed)
      : random_(seed), harness_({.linger_ns = 20'000'000}), links_(kConnections) {
    port_ = harness_.Listen();
    listener_ = ListenAsBackend(backend_port_);
    SetNonBlocking(listener_.get());
    UniqueFd closed = ListenAsBackend(refused_port_);
  }

  void Run() {
    for (std::size_t i = 0; i < links_.size(); ++i) Begin(links_[i], i);
    const std::int64_t deadline = MonotonicNs() + kRoundNs;
    while (!Finished()) {
      CHECK(MonotonicNs() < deadline);
      ++turn_;
      for (const RelayRecord& record : harness_.Take()) OnEvent(record);
      AcceptBackends();
      for (Link& link : links_) {
        Step(link.client);
        Step(link.backend);
        CloseAtRandom(link);
      }
      pollfd none{.fd = -1, .events = 0, .revents = 0};
      if (turn_ % 8 == 0) ::poll(&none, 1, 1);
    }
    for (const Link& link : links_) CheckLink(link);
    CHECK_EQ(harness_.thread.loop().totals().ended.get(), links_.size());
  }

 private:
  std::uint64_t Random(std::uint64_t below) { return random_() % below; }

  void Script(End& end, std::uint64_t stream) {
    end.sends_stream = stream;
    end.reads_stream = stream ^ 1;
    const std::array<std::uint64_t, 5> sizes{1, 100, 5'000, 100'000, 600'000};
    end.to_send = Random(sizes[Random(sizes.size())]);
    end.resets = Random(6) == 0;
    end.slowness = Random(3) == 0 ? 1 + static_cast<unsigned>(Random(40)) : 1;
  }

  void Begin(Link& link, std::size_t index) {
    Script(link.client, 2 * index);
    Script(link.backend, 2 * index + 1);
    if (Random(3) == 0) link.policy = static_cast<Policy>(Random(6));
    if (Random(3) == 0) link.dump_bytes = Random(50'000);
    link.client.fd = ConnectTo(port_, Random(2) == 0 ? kSmallBuffer : 0);
    SetNonBlocking(link.client.fd.get());
    by_port_[relay::LocalAddress(link.client.fd.get()).port()] = index;
  }

  Link& LinkOf(const RelayRecord& record) { return links_[by_id_.at(record.connection())]; }

  void OnEvent(const RelayRecord& record) {
    switch (record.kind()) {
      case EventKind::kAccepted: {
        const std::size_t index = by_port_.at(record.As<relay::AcceptedEvent>().client.port);
        CHECK(by_id_.emplace(record.connection(), index).second);
        links_[index].id = record.connection();
        return Answer(links_[index], index);
      }
      case EventKind::kConnected:
        LinkOf(record).connected = true;
        return;
      case EventKind::kConnectFailed:
        CHECK_EQ(static_cast<int>(LinkOf(record).policy), static_cast<int>(Policy::kRefusedFirst));
        return Connect(LinkOf(record), by_id_.at(record.connection()), backend_port_);
      case EventKind::kEnded:
        LinkOf(record).ended.push_back(record);
        return;
      case EventKind::kDump:
        return CheckDump(LinkOf(record), record);
      default:
        Fail(__FILE__, __LINE__, "unexpected event");
    }
  }

  void Answer(Link& link, std::size_t index) {
    if (link.policy == Policy::kRejectByReset || link.policy == Policy::kRejectByFin) {
      return harness_.Send(relay::RejectCommand{link.id, link.policy == Policy::kRejectByReset});
    }
    const bool refused = link.policy == Policy::kRefusedFirst;
    Connect(link, index, refused ? refused_port_ : backend_port_);
  }

  void Connect(const Link& link, std::size_t index, std::uint16_t port) {
    harness_.Connect(link.id, port, [&](relay::ConnectSpec& spec) {
      // The backend learns by it which connection it accepted, as by a PROXY header.
      spec.first_bytes.assign(kIdBytes, 0);
      const std::uint64_t head = index;
      std::memcpy(spec.first_bytes.data(), &head, sizeof(head));
      spec.dump_bytes = link.dump_bytes;
    });
  }

  void AcceptBackends() {
    while (true) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!fd) break;
      fresh_.push_back(std::move(fd));
    }
    // A header of so few bytes arrives whole, or not at all.
    for (auto at = fresh_.begin(); at != fresh_.end();) {
      std::uint64_t index = 0;
      const ssize_t got = ::recv(at->get(), &index, sizeof(index), 0);
      if (got < 0 && errno == EAGAIN) {
        ++at;
        continue;
      }
      if (got == static_cast<ssize_t>(sizeof(index))) {
        CHECK(index < links_.size() && !links_[index].backend.fd);
        links_[index].backend.fd = std::move(*at);
      }
      at = fresh_.erase(at);
    }
  }

  void Step(End& end) {
    if (!end.fd || end.done()) return;
    if (Random(end.slowness) == 0) Read(end);
    if (!end.done()) Write(end);
    if (end.done()) end.fd = UniqueFd();
  }

  void Read(End& end) {
    std::array<std::uint8_t, 32768> buffer;
    const ssize_t got = ::recv(end.fd.get(), buffer.data(), 1 + Random(buffer.size()), 0);
    if (got < 0) {
      if (errno != EAGAIN) end.got_reset = true;
      return;
    }
    if (got == 0) end.got_fin = true;
    for (ssize_t i = 0; i < got; ++i) {
      CHECK_EQ(int{buffer[static_cast<std::size_t>(i)]},
               int{ByteAt(end.reads_stream, end.received + static_cast<std::uint64_t>(i))});
    }
    end.received += static_cast<std::uint64_t>(got);
  }

  void Write(End& end) {
    if (end.sent < end.to_send) {
      std::array<std::uint8_t, 32768> buffer;
      const auto length =
          std::min<std::uint64_t>(1 + Random(buffer.size()), end.to_send - end.sent);
      for (std::uint64_t i = 0; i < length; ++i) {
        buffer[i] = ByteAt(end.sends_stream, end.sent + i);
      }
      // Urgent bytes stay in the stream.
      const int flags = MSG_NOSIGNAL | (Random(50) == 0 ? MSG_OOB : 0);
      const ssize_t sent = ::send(end.fd.get(), buffer.data(), length, flags);
      if (sent > 0) end.sent += static_cast<std::uint64_t>(sent);
      if (sent < 0 && errno != EAGAIN) end.got_reset = true;
      return;
    }
    if (end.resets) {
      relay::ResetAtClose(end.fd.get());
      end.sent_reset = true;
    } else if (!end.sent_fin) {
      ::shutdown(end.fd.get(), SHUT_WR);
      end.sent_fin = true;
    }
  }

  void CloseAtRandom(const Link& link) {
    const bool by_reset = link.policy == Policy::kCloseByReset;
    if (!by_reset && link.policy != Policy::kCloseByFin) return;
    if (link.id != 0 && Random(30) == 0) harness_.Send(relay::CloseCommand{link.id, by_reset});
  }

  bool Finished() const {
    return std::all_of(links_.begin(), links_.end(), [](const Link& link) {
      const bool backend = !link.backend.fd || link.backend.done();
      return !link.ended.empty() && link.client.done() && backend;
    });
  }

  static void CheckDump(Link& link, const RelayRecord& record) {
    const auto event = record.As<relay::DumpEvent>();
    const bool up = event.header.code == static_cast<std::uint16_t>(relay::Direction::kUp);
    const std::uint64_t stream = up ? link.client.sends_stream : link.backend.sends_stream;
    for (std::uint32_t i = 0; i < event.length; ++i) {
      CHECK_EQ(int{record.bytes[sizeof(event) + i]},
               int{ByteAt(stream, static_cast<std::uint64_t>(event.offset) + i)});
    }
    link.dumped += event.length;
    CHECK(link.dumped <= link.dump_bytes);
  }

  static void CheckLink(const Link& link) {
    CHECK_EQ(link.ended.size(), 1u);
    const auto event = link.ended.front().As<relay::EndedEvent>();
    const auto client_received = static_cast<std::uint64_t>(event.client_received);
    const auto backend_sent = static_cast<std::uint64_t>(event.backend_sent);
    const auto backend_received = static_cast<std::uint64_t>(event.backend_received);
    const auto client_sent = static_cast<std::uint64_t>(event.client_sent);
    CHECK(client_received <= link.client.sent && backend_sent <= client_received);
    CHECK(backend_received <= link.backend.sent && client_sent <= backend_received);
    CHECK(link.backend.received <= backend_sent && link.client.received <= client_sent);
    CHECK_EQ((event.flags & relay::kFlagConnected) != 0, link.connected);
    if (link.dump_bytes > 0 && link.connected) {
      CHECK_EQ(link.dumped + static_cast<std::uint64_t>(event.dump_omitted),
               client_received + backend_received);
    }
    if (!link.clean()) return CheckBroken(link, event);
    CHECK_EQ(link.backend.received, link.client.sent);
    CHECK_EQ(link.client.received, link.backend.sent);
    CHECK(link.client.got_fin && link.backend.got_fin);
    CHECK((event.flags & relay::kFlagReset) == 0);
    const EndReason reason = link.ended.front().reason();
    CHECK(reason == EndReason::kClient || reason == EndReason::kBackend);
  }

  /** Checks a connection that a reset or a command may have ended. */
  static void CheckBroken(const Link& link, const relay::EndedEvent& event) {
    const EndReason reason = link.ended.front().reason();
    const auto passed_on = [](const End& to) {
      return to.got_reset || to.sent_reset || (to.got_fin && to.sent_fin) || !to.sends_stream;
    };
    if (reason == EndReason::kClientReset) {
      CHECK(link.client.sent_reset && event.error != 0);
      if (link.connected) CHECK(passed_on(link.backend) || !link.backend.fd);
    } else if (reason == EndReason::kBackendReset) {
      CHECK(link.backend.sent_reset && event.error != 0);
      CHECK(passed_on(link.client));
    } else {
      const bool by_command = reason == EndReason::kClosed || reason == EndReason::kRejected;
      const bool by_ends = reason == EndReason::kClient || reason == EndReason::kBackend;
      CHECK(by_command || by_ends);
      if (by_command) CHECK(link.policy != Policy::kRelay);
    }
  }

  std::mt19937_64 random_;
  RelayHarness harness_;
  std::vector<Link> links_;
  std::map<std::uint16_t, std::size_t> by_port_;
  std::map<std::uint64_t, std::size_t> by_id_;
  UniqueFd listener_;
  std::vector<UniqueFd> fresh_;
  std::uint16_t port_ = 0;
  std::uint16_t backend_port_ = 0;
  std::uint16_t refused_port_ = 0;
  std::uint64_t turn_ = 0;
};

std::uint64_t FromEnvironment(const char* name, std::uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

TEST("relay model: random traffic arrives whole, in order, with its ends and resets") {
  const std::int64_t end =
      MonotonicNs() +
      static_cast<std::int64_t>(FromEnvironment("RELAY_FUZZ_SECONDS", 0)) * kNsPerSecond;
  std::uint64_t seed = FromEnvironment("RELAY_FUZZ_SEED", 1);
  std::uint64_t rounds = 0;
  constexpr std::uint64_t kRounds = 6;
  while (rounds < kRounds || MonotonicNs() < end) {
    try {
      Round(seed).Run();
    } catch (const std::exception& error) {
      Fail(__FILE__, __LINE__, "seed " + std::to_string(seed) + ": " + error.what());
    }
    ++seed;
    ++rounds;
  }
  if (rounds > kRounds) std::cout << rounds << " rounds of the relay model\n";
}

}  // namespace
}  // namespace netlink::test
