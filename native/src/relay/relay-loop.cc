#include "relay-loop.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "../util/clock.h"

namespace netlink::relay {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

/** Interval at which accepting is tried again without a descriptor: other threads close theirs
 * unseen. */
constexpr std::int64_t kRetryNs = kNsPerSecond;

/** Longest time that events which need no answer wait for others: each wake of JavaScript costs as
 * much as a short connection does here. */
constexpr std::int64_t kGatherNs = 5 * kNsPerMs;

constexpr PollKey kInterruptKey{.role = Role::kInterrupt, .number = 0, .generation = 0};

}  // namespace

RelayLoop::RelayLoop(const RelaySpec& spec, EventQueue& events)
    : spec_(spec),
      events_(events),
      acceptor_(
          poll_, events,
          [this](Listener& listener, UniqueFd fd, const SocketAddress& peer) {
            Accepted(listener, std::move(fd), peer);
          },
          spec.max_waiting),
      pump_(totals_, events, spec.dump_bytes_per_sec) {
  if (const int error = poll_.Add(commands_.fd(), EPOLLIN, kInterruptKey); error != 0) {
    throw std::system_error(error, std::generic_category(), "epoll_ctl");
  }
}

void RelayLoop::Stop() {
  stopping_ = true;
  commands_.Wake();
}

void RelayLoop::Run() {
  while (!stopping_) Turn();
  acceptor_.RemoveAll();
  connections_.Each(
      [this](Connection& connection) { End(connection, EndReason::kRelayClosed, 0, true); });
  PublishTotals();
  events_.Publish();
}

void RelayLoop::Turn() {
  const auto events = poll_.Wait(TimeoutMs());
  now_ = MonotonicNs();
  totals_.wakes.Add(1);
  for (const epoll_event& event : events) OnEvent(event);
  RunQueued();
  if (std::exchange(interrupted_, false)) RunCommands();
  RunTimers();
  RetryStarved();
  accept_more_ = acceptor_.Work();
  const bool lacking = acceptor_.starved() || !starved_.empty();
  if (!lacking) retry_at_ = kNever;
  if (lacking && retry_at_ == kNever) retry_at_ = now_ + kRetryNs;
  PublishTotals();
  PublishEvents();
}

int RelayLoop::TimeoutMs() const {
  if (!queued_.empty() || accept_more_) return 0;
  const std::int64_t next = std::min({timers_.next(), retry_at_, publish_at_});
  if (next == kNever) return -1;
  // Not before the deadline: the loop would turn until it is reached.
  const std::int64_t left = (next - MonotonicNs() + kNsPerMs - 1) / kNsPerMs;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

void RelayLoop::OnEvent(const epoll_event& event) {
  const PollKey key = PollSet::KeyOf(event);
  switch (key.role) {
    case Role::kInterrupt:
      interrupted_ = true;
      return;
    case Role::kListener:
      acceptor_.OnReadable(key.number);
      return;
    case Role::kClient:
    case Role::kBackend: {
      const std::uint64_t id =
          (std::uint64_t{key.generation} << Connections::kSlotBits) | key.number;
      // It may have ended in this turn.
      if (Connection* const connection = connections_.Find(id)) {
        OnSocketEvent(*connection, key.role, event.events);
      }
    }
  }
}

void RelayLoop::OnSocketEvent(Connection& connection, Role role, std::uint32_t events) {
  const bool of_backend = role == Role::kBackend;
  Side& side = connection.side(of_backend);
  if ((events & EPOLLRDHUP) != 0) side.hung_up = true;
  if ((events & EPOLLPRI) != 0) side.urgent = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) side.readable = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) side.writable = true;
  const std::uint64_t id = connection.id;
  if (of_backend && connection.state() == LiveState::kConnecting) {
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) FinishConnect(connection);
    return;
  }
  Advance(connection);
  // What can be read comes before an error: reading it reports the error, unless the other side has
  // no room.
  if ((events & EPOLLERR) == 0 || connections_.Find(id) == nullptr) return;
  if (const int error = PendingError(side.fd.get()); error != 0) Fail(connection, side, error);
}

void RelayLoop::RunCommands() {
  commands_.Take(taken_);
  for (Command& command : taken_) {
    std::visit([this](auto& each) { Apply(each); }, command);
  }
  taken_.clear();
}

void RelayLoop::RunTimers() {
  while (timers_.next() <= now_) {
    Connection& connection = connections_.At(timers_.first());
    Expire(connection);
  }
  if (retry_at_ <= now_) {
    retry_at_ = kNever;
    descriptor_freed_ = true;
    acceptor_.OnDescriptorFree();
  }
}

void RelayLoop::RunQueued() {
  if (queued_.empty()) return;
  std::swap(queued_, working_);
  for (const std::uint64_t id : working_) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr || !std::exchange(connection->queued, false)) continue;
    Advance(*connection);
  }
  working_.clear();
}

void RelayLoop::PublishTotals() {
  totals_.waiting.Set(acceptor_.waiting());
  totals_.buffers.Set(pump_.buffers().used());
  totals_.memory_bytes.Set(connections_.bytes() + pump_.buffers().bytes() + timers_.bytes());
}

void RelayLoop::PublishEvents() {
  if (events_.empty()) return;
  if (!events_.urgent() && now_ < publish_at_) {
    if (publish_at_ == kNever) publish_at_ = now_ + kGatherNs;
    return;
  }
  publish_at_ = kNever;
  events_.Publish();
}

void RelayLoop::Apply(ConnectCommand& command) {
  Connection* const connection = connections_.Find(command.connection);
  if (connection == nullptr || connection->state() != LiveState::kWaiting) return;
  Answer(*connection);
  connection->connecting = std::move(command.spec);
  connection->connect_start = now_;
  connection->live.state.Set(LiveState::kConnecting);
  StartConnect(*connection);
}

void RelayLoop::Apply(const RejectCommand& command) {
  Connection* const connection = connections_.Find(command.connection);
  if (connection == nullptr || connection->state() != LiveState::kWaiting) return;
  if (command.reset) return End(*connection, EndReason::kRejected, 0, true);
  BeginClose(*connection, EndReason::kRejected);
}

void RelayLoop::Apply(const CloseCommand& command) {
  Connection* const connection = connections_.Find(command.connection);
  if (connection == nullptr) return;
  const bool closing = connection->state() == LiveState::kClosing;
  if (command.reset) {
    return End(*connection, closing ? connection->reason : EndReason::kClosed, 0, true);
  }
  if (!closing) BeginClose(*connection, EndReason::kClosed);
}

void RelayLoop::Apply(const LimitsCommand& command) {
  Connection* const connection = connections_.Find(command.connection);
  if (connection == nullptr) return;
  // Those of a connect in progress become the connection's.
  Limits& limits = connection->connecting ? connection->connecting->limits : connection->limits;
  limits.idle = command.idle.value_or(limits.idle);
  limits.client_silent = command.client_silent.value_or(limits.client_silent);
  limits.half_closed = command.half_closed.value_or(limits.half_closed);
  limits.lifetime = command.lifetime.value_or(limits.lifetime);
  Arm(*connection);
}

}  // namespace netlink::relay
