#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "relay-loop.h"

/* The states of a connection, from its accept to its end. */

namespace netlink::relay {
namespace {

constexpr std::uint32_t kSocketEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI;

constexpr double kNsPerUs = 1000;

/** Limits from which deadlines are rounded up to whole seconds, so that many share one wake. */
constexpr std::int64_t kCoarseFromNs = 10 * kNsPerSecond;

double Us(std::int64_t ns) { return static_cast<double>(ns) / kNsPerUs; }

std::int64_t Deadline(std::int64_t since, std::int64_t limit) {
  if (limit == 0) return kNever;
  const std::int64_t exact = since + limit;
  if (limit < kCoarseFromNs) return exact;
  return (exact + kNsPerSecond - 1) / kNsPerSecond * kNsPerSecond;
}

/** Times from which the limits of a connection count. */
struct Activity {
  std::int64_t client;
  std::int64_t any;
};

Activity LastActivity(const Connection& connection) {
  // Without bytes, the time since the connect counts.
  const std::int64_t start = connection.connect_start;
  const std::int64_t client = std::max(start, connection.live.last_client.get());
  return {client, std::max(client, connection.live.last_backend.get())};
}

/** Returns the reason of an end by an error of one side. */
EndReason ReasonOf(bool of_backend, int error) {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
      return of_backend ? EndReason::kBackendReset : EndReason::kClientReset;
    case ETIMEDOUT:
      return of_backend ? EndReason::kBackendTimeout : EndReason::kClientTimeout;
    default:
      return of_backend ? EndReason::kBackendError : EndReason::kClientError;
  }
}

}  // namespace

void RelayLoop::Accepted(Listener& listener, UniqueFd fd, const SocketAddress& peer) {
  Connection* const connection = connections_.Create();
  if (connection == nullptr) {
    // More connections than Linux lets a process have by default; its close resets the client.
    ResetAtClose(fd.get());
    fd = UniqueFd();
    acceptor_.OnAnswered();
    acceptor_.OnEnded(listener.number);
    return;
  }
  const std::uint64_t id = connection->id;
  connection->client.fd = std::move(fd);
  connection->unanswered = true;
  connection->live.Begin(id, listener.number, now_);
  totals_.accepted.Add(1);
  const int client = connection->client.fd.get();
  AcceptedEvent event{};
  event.header.connection = static_cast<double>(id);
  event.listener = listener.number;
  event.accepted_us = static_cast<double>(RealtimeNs() / 1000);
  event.cookie = CookieOf(client);
  event.client = EndpointOf(peer);
  event.local = EndpointOf(listener.bound.IsWildcard() ? LocalAddress(client) : listener.bound);
  events_.Add(EventKind::kAccepted, event);
  const int error =
      poll_.Add(client, kSocketEvents,
                {.role = Role::kClient,
                 .number = Connections::SlotOf(id),
                 .generation = static_cast<std::uint32_t>(id >> Connections::kSlotBits)});
  if (error != 0) End(*connection, EndReason::kClientError, error, true);
}

void RelayLoop::Answer(Connection& connection) {
  if (std::exchange(connection.unanswered, false)) acceptor_.OnAnswered();
}

void RelayLoop::StartConnect(Connection& connection) {
  ConnectSpec& spec = *connection.connecting;
  if (spec.from_client) {
    spec.backend.source = Unmapped(PeerAddress(connection.client.fd.get()));
    spec.backend.source->SetPort(0);
  }
  auto opened = OpenBackend(spec.backend);
  if (const auto* failure = std::get_if<ConnectFailure>(&opened)) {
    const bool lacks = failure->call == ConnectCall::kSocket &&
                       (failure->error == EMFILE || failure->error == ENFILE);
    if (!lacks) return ConnectFailed(connection, failure->error, failure->call);
    if (!std::exchange(connection.starved, true)) starved_.push_back(connection.id);
    return Arm(connection);
  }
  connection.starved = false;
  connection.backend.fd = std::move(std::get<UniqueFd>(opened));
  const std::uint64_t id = connection.id;
  const int error =
      poll_.Add(connection.backend.fd.get(), kSocketEvents,
                {.role = Role::kBackend,
                 .number = Connections::SlotOf(id),
                 .generation = static_cast<std::uint32_t>(id >> Connections::kSlotBits)});
  if (error != 0) return ConnectFailed(connection, error, ConnectCall::kSocket);
  Arm(connection);
}

void RelayLoop::RetryStarved() {
  if (!std::exchange(descriptor_freed_, false)) return;
  std::vector<std::uint64_t> waiting;
  std::swap(waiting, starved_);
  for (const std::uint64_t id : waiting) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr || !std::exchange(connection->starved, false)) continue;
    if (connection->state() == LiveState::kConnecting) StartConnect(*connection);
  }
}

void RelayLoop::FinishConnect(Connection& connection) {
  const int fd = connection.backend.fd.get();
  if (const int error = PendingError(fd); error != 0) {
    return ConnectFailed(connection, error, ConnectCall::kConnect);
  }
  const std::unique_ptr<ConnectSpec> spec = std::move(connection.connecting);
  connection.was_connected = true;
  connection.limits = spec->limits;
  connection.dumps = spec->dump_bytes > 0;
  connection.dump_left = spec->dump_bytes;
  connection.live.state.Set(LiveState::kOpen);
  ConnectedEvent event{};
  event.header.connection = static_cast<double>(connection.id);
  event.cookie = CookieOf(fd);
  event.connect_us = Us(now_ - connection.connect_start);
  event.local = EndpointOf(LocalAddress(fd));
  event.backend = EndpointOf(spec->backend.address);
  events_.Add(EventKind::kConnected, event);
  connection.connect_start = now_;
  pump_.Prepend(connection, spec->first_bytes);
  Arm(connection);
  Advance(connection);
}

void RelayLoop::ConnectFailed(Connection& connection, int error, ConnectCall call) {
  CloseSide(connection.backend, false);
  connection.backend = Side{};
  connection.connecting.reset();
  connection.starved = false;
  connection.live.state.Set(LiveState::kWaiting);
  Arm(connection);
  ConnectFailedEvent event{};
  event.header.connection = static_cast<double>(connection.id);
  event.header.code = static_cast<std::uint16_t>(call);
  event.error = static_cast<std::uint32_t>(error);
  event.connect_us = Us(now_ - connection.connect_start);
  events_.Add(EventKind::kConnectFailed, event);
}

void RelayLoop::Advance(Connection& connection) {
  switch (connection.state()) {
    case LiveState::kWaiting:
    case LiveState::kConnecting:
      // Nothing is read before the backend has accepted.
      return;
    case LiveState::kOpen:
    case LiveState::kHalfClosed:
      return AdvanceOpen(connection);
    case LiveState::kClosing:
      return AdvanceClosing(connection);
  }
}

void RelayLoop::AdvanceOpen(Connection& connection) {
  if (!MoveBytes(connection, Direction::kUp) || !MoveBytes(connection, Direction::kDown)) return;
  const bool up_done = connection.client.ended && !connection.up.waiting();
  const bool down_done = connection.backend.ended && !connection.down.waiting();
  // The closes send the second FIN.
  if (up_done && down_done) return End(connection, connection.reason, 0, false);
  if (up_done && !connection.backend.shut) PassFin(connection, Direction::kUp);
  if (down_done && !connection.client.shut) PassFin(connection, Direction::kDown);
}

bool RelayLoop::MoveBytes(Connection& connection, Direction direction) {
  const Side& from = connection.side(direction == Direction::kDown);
  const bool had_ended = from.ended;
  const bool first = !connection.client.ended && !connection.backend.ended;
  const Moved moved = pump_.Move(connection, direction, now_);
  if (moved.failed != nullptr) {
    Fail(connection, *moved.failed, moved.error);
    return false;
  }
  if (from.ended && !had_ended && first) {
    connection.reason = direction == Direction::kUp ? EndReason::kClient : EndReason::kBackend;
  }
  if (moved.more) Queue(connection);
  return true;
}

void RelayLoop::PassFin(Connection& connection, Direction direction) {
  Side& to = connection.side(direction == Direction::kUp);
  to.shut = true;
  // Fails with ENOTCONN after a reset, which the socket's next event reports.
  ::shutdown(to.fd.get(), SHUT_WR);
  if (connection.state() == LiveState::kClosing) return;
  connection.live.state.Set(LiveState::kHalfClosed);
  Arm(connection);
}

void RelayLoop::AdvanceClosing(Connection& connection) {
  for (const Direction direction : {Direction::kUp, Direction::kDown}) {
    Side& to = connection.side(direction == Direction::kUp);
    if (!to.fd) continue;
    const Flow& flow = direction == Direction::kUp ? connection.up : connection.down;
    Moved moved = pump_.Flush(connection, direction);
    if (moved.failed == nullptr && !flow.waiting() && !to.shut) PassFin(connection, direction);
    if (moved.failed == nullptr) moved = pump_.Discard(to);
    if (moved.failed != nullptr) {
      moved.failed->failed = true;
      return End(connection, connection.reason, 0, true);
    }
    if (moved.more) Queue(connection);
  }
  const auto done = [](const Side& side) { return !side.fd || (side.shut && side.ended); };
  if (done(connection.client) && done(connection.backend)) {
    End(connection, connection.reason, 0, false);
  }
}

void RelayLoop::Expire(Connection& connection) {
  switch (connection.state()) {
    case LiveState::kConnecting:
      return ConnectFailed(connection, ETIMEDOUT, ConnectCall::kConnect);
    case LiveState::kClosing:
      return End(connection, connection.reason, 0, true);
    default:
      break;
  }
  const EndReason passed = PassedLimit(connection);
  if (passed == EndReason::kClosed) return Arm(connection);
  BeginClose(connection, passed);
}

EndReason RelayLoop::PassedLimit(const Connection& connection) const {
  const Activity last = LastActivity(connection);
  const Limits& limits = connection.limits;
  const auto passed = [this](std::int64_t since, std::int64_t limit) {
    return limit != 0 && since + limit <= now_;
  };
  if (passed(connection.live.accepted.get(), limits.lifetime)) return EndReason::kLifetime;
  const bool half = connection.state() == LiveState::kHalfClosed;
  if (half && passed(last.any, limits.half_closed)) return EndReason::kHalfClosed;
  if (passed(last.any, limits.idle)) return EndReason::kIdle;
  // One side has ended, so a silent client may only wait for the rest of an answer.
  if (!half && passed(last.client, limits.client_silent)) return EndReason::kClientSilent;
  return EndReason::kClosed;
}

void RelayLoop::Arm(Connection& connection) {
  std::int64_t deadline = kNever;
  switch (connection.state()) {
    case LiveState::kWaiting:
      break;
    case LiveState::kConnecting:
      deadline = Deadline(connection.connect_start, connection.connecting->timeout);
      break;
    case LiveState::kClosing:
      deadline = connection.close_deadline;
      break;
    case LiveState::kHalfClosed:
      deadline = Deadline(LastActivity(connection).any, connection.limits.half_closed);
      [[fallthrough]];
    case LiveState::kOpen: {
      const Activity last = LastActivity(connection);
      const Limits& limits = connection.limits;
      const bool half = connection.state() == LiveState::kHalfClosed;
      deadline = std::min({deadline, Deadline(last.any, limits.idle),
                           half ? kNever : Deadline(last.client, limits.client_silent),
                           Deadline(connection.live.accepted.get(), limits.lifetime)});
    }
  }
  timers_.Set(Connections::SlotOf(connection.id), deadline);
}

void RelayLoop::Queue(Connection& connection) {
  if (!std::exchange(connection.queued, true)) queued_.push_back(connection.id);
}

void RelayLoop::Fail(Connection& connection, const Side& side, int error) {
  const bool of_backend = &side == &connection.backend;
  connection.side(of_backend).failed = true;
  const bool closing = connection.state() == LiveState::kClosing;
  End(connection, closing ? connection.reason : ReasonOf(of_backend, error), closing ? 0 : error,
      true);
}

void RelayLoop::BeginClose(Connection& connection, EndReason reason) {
  Answer(connection);
  if (connection.state() == LiveState::kConnecting) {
    CloseSide(connection.backend, false);
    connection.backend = Side{};
    connection.connecting.reset();
  }
  connection.reason = reason;
  connection.live.state.Set(LiveState::kClosing);
  connection.close_deadline = now_ + spec_.linger_ns;
  // What came before is read now: discarding begins at once.
  Arm(connection);
  AdvanceClosing(connection);
}

void RelayLoop::End(Connection& connection, EndReason reason, int error, bool reset) {
  Answer(connection);
  ReportEnd(connection, reason, error, reset);
  CloseSide(connection.client, reset);
  CloseSide(connection.backend, reset);
  pump_.Release(connection.up);
  pump_.Release(connection.down);
  timers_.Set(Connections::SlotOf(connection.id), kNever);
  totals_.ended.Add(1);
  const std::uint32_t listener = connection.live.listener.get();
  connections_.Remove(connection);
  acceptor_.OnEnded(listener);
}

void RelayLoop::ReportEnd(const Connection& connection, EndReason reason, int error, bool reset) {
  const std::int64_t start = connection.live.accepted.get();
  const auto since = [start](std::int64_t time) { return time == 0 ? -1 : Us(time - start); };
  const ByteCounts& bytes = connection.live.bytes;
  TcpInfoBuffer client_buffer;
  TcpInfoBuffer backend_buffer;
  const auto info = [](const Side& side, TcpInfoBuffer& buffer) {
    return side.fd ? ReadTcpInfo(side.fd.get(), buffer) : Bytes();
  };
  const Bytes client = info(connection.client, client_buffer);
  const Bytes backend = info(connection.backend, backend_buffer);
  EndedEvent event{};
  event.header.connection = static_cast<double>(connection.id);
  event.header.code = static_cast<std::uint16_t>(reason);
  event.listener = connection.live.listener.get();
  event.error = static_cast<std::uint32_t>(error);
  event.flags = (connection.was_connected ? kFlagConnected : 0) | (reset ? kFlagReset : 0);
  event.client_info = static_cast<std::uint16_t>(client.size());
  event.backend_info = static_cast<std::uint16_t>(backend.size());
  event.duration_us = Us(now_ - start);
  event.first_client_us = since(connection.first_client);
  event.last_client_us = since(connection.live.last_client.get());
  event.first_backend_us = since(connection.first_backend);
  event.last_backend_us = since(connection.live.last_backend.get());
  event.client_received = static_cast<double>(bytes.client_received.get());
  event.backend_sent = static_cast<double>(bytes.backend_sent.get());
  event.backend_received = static_cast<double>(bytes.backend_received.get());
  event.client_sent = static_cast<double>(bytes.client_sent.get());
  event.dump_omitted = static_cast<double>(connection.dump_omitted);
  events_.Add(EventKind::kEnded, event, client, backend);
}

void RelayLoop::CloseSide(Side& side, bool reset) {
  if (!side.fd) return;
  if (reset && !side.failed) ResetAtClose(side.fd.get());
  side.fd = UniqueFd();
  descriptor_freed_ = true;
}

}  // namespace netlink::relay
