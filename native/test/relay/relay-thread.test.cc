#include "../../src/relay/relay-thread.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "../check.h"
#include "../poll/waiting.h"
#include "relay-harness.h"

namespace netlink::test {
namespace {

using relay::EndReason;
using relay::EventKind;

constexpr std::int64_t kMs = 1'000'000;

void Write(int fd, const std::string& bytes) {
  CHECK_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
           static_cast<ssize_t>(bytes.size()));
}

void Reset(UniqueFd& fd) {
  relay::ResetAtClose(fd.get());
  fd = UniqueFd();
}

void CheckReason(const RelayRecord& ended, EndReason reason) {
  CHECK_EQ(static_cast<int>(ended.reason()), static_cast<int>(reason));
}

TEST("relay: half-close by the client, then bytes from the backend") {
  RelayHarness harness;
  RelayedPair pair(harness);
  Write(pair.client.get(), "request");
  ::shutdown(pair.client.get(), SHUT_WR);
  CHECK_EQ(ReadToEnd(pair.backend.get()), "request");
  Write(pair.backend.get(), std::string(300'000, 'x'));
  pair.backend = UniqueFd();
  CHECK_EQ(ReadToEnd(pair.client.get()), std::string(300'000, 'x'));
  const RelayRecord ended = harness.Next(EventKind::kEnded);
  CheckReason(ended, EndReason::kClient);
  const auto event = ended.As<relay::EndedEvent>();
  CHECK_EQ(event.client_received, 7.0);
  CHECK_EQ(event.backend_sent, 7.0);
  CHECK_EQ(event.backend_received, 300'000.0);
  CHECK_EQ(event.client_sent, 300'000.0);
  CHECK_EQ(event.flags, relay::kFlagConnected);
  CHECK(event.client_info >= offsetof(tcp_info, tcpi_total_retrans));
  CHECK_EQ(event.client_info, event.backend_info);
}

TEST("relay: half-close by the backend, then bytes from the client") {
  RelayHarness harness;
  RelayedPair pair(harness);
  Write(pair.backend.get(), "greeting");
  ::shutdown(pair.backend.get(), SHUT_WR);
  CHECK_EQ(ReadToEnd(pair.client.get()), "greeting");
  Write(pair.client.get(), "answer");
  pair.client = UniqueFd();
  CHECK_EQ(ReadToEnd(pair.backend.get()), "answer");
  CheckReason(harness.Next(EventKind::kEnded), EndReason::kBackend);
}

TEST("relay: RST is passed on from either side") {
  for (const bool by_client : {true, false}) {
    RelayHarness harness;
    RelayedPair pair(harness);
    Reset(by_client ? pair.client : pair.backend);
    CHECK_EQ(ReadError(by_client ? pair.backend.get() : pair.client.get()), ECONNRESET);
    const RelayRecord ended = harness.Next(EventKind::kEnded);
    CheckReason(ended, by_client ? EndReason::kClientReset : EndReason::kBackendReset);
    CHECK_EQ(ended.As<relay::EndedEvent>().error, static_cast<std::uint32_t>(ECONNRESET));
  }
}

TEST("relay: RST arrives while the other side does not read") {
  RelayHarness harness;
  RelayedPair pair(harness);
  std::string much(1 << 20, 'x');
  while (::send(pair.client.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
  }
  // The buffers between them are full: the relay cannot read the client's bytes.
  Reset(pair.client);
  CheckReason(harness.Next(EventKind::kEnded), EndReason::kClientReset);
}

TEST("relay: a client that resets before it is answered has ended") {
  RelayHarness harness;
  UniqueFd client = ConnectTo(harness.Listen());
  const std::uint64_t id = harness.Next(EventKind::kAccepted).connection();
  Reset(client);
  CHECK_EQ(harness.Next(EventKind::kEnded).connection(), id);
  // A late command is ignored.
  harness.Connect(id, 9);
  CHECK_EQ(harness.thread.loop().totals().waiting.get(), 0u);
}

TEST("relay: a refused connect waits for the next command") {
  RelayHarness harness;
  std::uint16_t port = 0;
  UniqueFd listener = ListenAsBackend(port);
  listener = UniqueFd();
  UniqueFd client = ConnectTo(harness.Listen());
  const std::uint64_t id = harness.Next(EventKind::kAccepted).connection();
  harness.Connect(id, port);
  const RelayRecord failed = harness.Next(EventKind::kConnectFailed);
  CHECK_EQ(failed.As<relay::ConnectFailedEvent>().error, static_cast<std::uint32_t>(ECONNREFUSED));
  std::uint16_t other = 0;
  listener = ListenAsBackend(other);
  harness.Connect(id, other);
  harness.Next(EventKind::kConnected);
  Write(client.get(), "late");
  ::shutdown(client.get(), SHUT_WR);
  const UniqueFd backend = AcceptFrom(listener.get());
  CHECK_EQ(ReadToEnd(backend.get()), "late");
}

TEST("relay: reject by RST and by FIN") {
  for (const bool reset : {true, false}) {
    RelayHarness harness;
    UniqueFd client = ConnectTo(harness.Listen());
    const std::uint64_t id = harness.Next(EventKind::kAccepted).connection();
    harness.Send(relay::RejectCommand{id, reset});
    CHECK_EQ(ReadError(client.get()), reset ? ECONNRESET : 0);
    client = UniqueFd();
    CheckReason(harness.Next(EventKind::kEnded), EndReason::kRejected);
  }
}

TEST("relay: a close by FIN becomes one by RST after the linger time") {
  RelayHarness harness({.linger_ns = 50 * kMs});
  RelayedPair pair(harness);
  harness.Send(relay::CloseCommand{pair.id, false});
  CHECK_EQ(ReadToEnd(pair.client.get()), "");
  CHECK_EQ(ReadToEnd(pair.backend.get()), "");
  const RelayRecord ended = harness.Next(EventKind::kEnded);
  CheckReason(ended, EndReason::kClosed);
  CHECK_EQ(ended.As<relay::EndedEvent>().flags, relay::kFlagConnected | relay::kFlagReset);
  // The peers' next bytes meet no socket.
  WaitFor([&] { return ::send(pair.client.get(), "x", 1, MSG_NOSIGNAL) < 0; });
}

TEST("relay: a close by FIN ends at once when both peers close") {
  RelayHarness harness({.linger_ns = 60'000 * kMs});
  RelayedPair pair(harness);
  harness.Send(relay::CloseCommand{pair.id, false});
  CHECK_EQ(ReadToEnd(pair.client.get()), "");
  pair.client = UniqueFd();
  pair.backend = UniqueFd();
  const RelayRecord ended = harness.Next(EventKind::kEnded);
  CheckReason(ended, EndReason::kClosed);
  CHECK_EQ(ended.As<relay::EndedEvent>().flags, relay::kFlagConnected);
}

TEST("relay: each limit ends a connection") {
  struct Case {
    EndReason reason;
    std::function<void(relay::Limits&)> set;
    bool half_closed = false;
  };
  const std::vector<Case> cases{
      {EndReason::kIdle, [](auto& limits) { limits.idle = 60 * kMs; }},
      {EndReason::kClientSilent, [](auto& limits) { limits.client_silent = 60 * kMs; }},
      {EndReason::kLifetime, [](auto& limits) { limits.lifetime = 60 * kMs; }},
      {EndReason::kHalfClosed, [](auto& limits) { limits.half_closed = 60 * kMs; }, true}};
  for (const Case& each : cases) {
    RelayHarness harness({.linger_ns = 0});
    RelayedPair pair(harness, [&](relay::ConnectSpec& spec) { each.set(spec.limits); });
    if (each.half_closed) ::shutdown(pair.client.get(), SHUT_WR);
    const RelayRecord ended = harness.Next(EventKind::kEnded);
    CheckReason(ended, each.reason);
    CHECK(ended.As<relay::EndedEvent>().duration_us >= 60'000);
  }
}

TEST("relay: a client that has sent FIN may wait for a late answer") {
  RelayHarness harness({.linger_ns = 0});
  RelayedPair pair(harness, [](relay::ConnectSpec& spec) { spec.limits.client_silent = 60 * kMs; });
  ::shutdown(pair.client.get(), SHUT_WR);
  const timespec pause{.tv_sec = 0, .tv_nsec = 200 * kMs};
  ::nanosleep(&pause, nullptr);
  CHECK(harness.Take().empty());
  Write(pair.backend.get(), "late");
  pair.backend = UniqueFd();
  CHECK_EQ(ReadToEnd(pair.client.get()), "late");
  CheckReason(harness.Next(EventKind::kEnded), EndReason::kClient);
}

TEST("relay: bytes postpone the idle limit, and limits can be changed") {
  RelayHarness harness({.linger_ns = 0});
  RelayedPair pair(harness, [](relay::ConnectSpec& spec) { spec.limits.idle = 300 * kMs; });
  for (int i = 0; i < 8; ++i) {
    Write(pair.backend.get(), "x");
    const timespec pause{.tv_sec = 0, .tv_nsec = 80 * kMs};
    ::nanosleep(&pause, nullptr);
  }
  CHECK(harness.Take().empty());
  harness.Send(relay::LimitsCommand{
      .connection = pair.id, .idle = 1, .client_silent = {}, .half_closed = {}, .lifetime = {}});
  CheckReason(harness.Next(EventKind::kEnded), EndReason::kIdle);
}

TEST("relay: an idle connection has no buffer, and the thread sleeps") {
  RelayHarness harness;
  RelayedPair pair(harness, [](relay::ConnectSpec& spec) { spec.limits.idle = 900'000 * kMs; });
  Write(pair.client.get(), "x");
  CHECK_EQ(ReadError(pair.backend.get()), 0);
  const auto& totals = harness.thread.loop().totals();
  const timespec pause{.tv_sec = 0, .tv_nsec = 200 * kMs};
  ::nanosleep(&pause, nullptr);
  CHECK_EQ(totals.bytes.backend_sent.get(), 1u);
  CHECK_EQ(totals.buffers.get(), 0u);
  const std::uint64_t wakes = totals.wakes.get();
  ::nanosleep(&pause, nullptr);
  CHECK_EQ(totals.wakes.get(), wakes);
}

TEST("relay: at most so many connections of a listener are open") {
  RelayHarness harness;
  const std::uint16_t port = harness.Listen(2);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(ConnectTo(port));
  const std::uint64_t first = harness.Next(EventKind::kAccepted).connection();
  harness.Next(EventKind::kAccepted);
  harness.Send(relay::RejectCommand{first, true});
  harness.Next(EventKind::kEnded);
  harness.Next(EventKind::kAccepted);
  CHECK_EQ(harness.thread.loop().totals().accepted.get(), 3u);
  harness.Send(relay::MaxOpenCommand{harness.listener(), relay::kUnlimited});
  harness.Next(EventKind::kAccepted);
}

TEST("relay: nothing is accepted while paused, nor above the limit on unanswered connections") {
  RelayHarness harness({.max_waiting = 1});
  const std::uint16_t port = harness.Listen(relay::kUnlimited, true);
  const UniqueFd client = ConnectTo(port);
  const UniqueFd other = ConnectTo(port);
  const timespec pause{.tv_sec = 0, .tv_nsec = 50 * kMs};
  ::nanosleep(&pause, nullptr);
  CHECK(harness.Take().empty());
  harness.Send(relay::PauseCommand{harness.listener(), false});
  const std::uint64_t first = harness.Next(EventKind::kAccepted).connection();
  ::nanosleep(&pause, nullptr);
  CHECK(harness.Take().empty());
  harness.Send(relay::RejectCommand{first, true});
  harness.Next(EventKind::kEnded);
  harness.Next(EventKind::kAccepted);
}

TEST("relay: a stopped listener reports it, and its connections stay") {
  RelayHarness harness;
  RelayedPair pair(harness);
  harness.Send(relay::StopCommand{harness.listener()});
  harness.Next(EventKind::kStopped);
  Write(pair.client.get(), "still");
  ::shutdown(pair.client.get(), SHUT_WR);
  CHECK_EQ(ReadToEnd(pair.backend.get()), "still");
}

TEST("relay: stop ends every connection with RST") {
  RelayHarness harness;
  RelayedPair pair(harness);
  harness.thread.Stop();
  CHECK_EQ(ReadError(pair.client.get()), ECONNRESET);
  CHECK_EQ(ReadError(pair.backend.get()), ECONNRESET);
  harness.thread.Join();
  CHECK(harness.thread.ended());
  CheckReason(harness.Next(EventKind::kEnded), EndReason::kRelayClosed);
}

TEST("relay: dumps are cut at the connection's cap, and the rest is counted") {
  RelayHarness harness;
  RelayedPair pair(harness, [](relay::ConnectSpec& spec) { spec.dump_bytes = 6; });
  Write(pair.client.get(), "0123456789");
  ::shutdown(pair.client.get(), SHUT_WR);
  CHECK_EQ(ReadToEnd(pair.backend.get()), "0123456789");
  pair.backend = UniqueFd();
  const RelayRecord dump = harness.Next(EventKind::kDump);
  const auto event = dump.As<relay::DumpEvent>();
  CHECK_EQ(event.length, 6u);
  CHECK_EQ(std::string(dump.bytes.begin() + sizeof(event), dump.bytes.begin() + sizeof(event) + 6),
           "012345");
  CHECK_EQ(harness.Next(EventKind::kEnded).As<relay::EndedEvent>().dump_omitted, 4.0);
}

}  // namespace
}  // namespace netlink::test
