#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "acceptor.h"
#include "command-queue.h"
#include "connections.h"
#include "event-queue.h"
#include "live.h"
#include "poll-set.h"
#include "pump.h"
#include "timers.h"

namespace netlink::relay {

/** `RelayOptions` in relay-binding.ts. */
struct RelaySpec {
  std::uint32_t max_waiting = 1024;
  std::uint64_t dump_bytes_per_sec = std::uint64_t{1} << 20;
  std::size_t max_pending_dump_bytes = std::size_t{8} << 20;
  std::int64_t linger_ns = 2'000'000'000;
};

/**
 * Loop of a relay's thread. Each turn waits for events of sockets, commands or the earliest
 * deadline, and handles all of them.
 *
 * A connection waits for a command, then connects, then is open: bytes go both ways. It is half
 * closed after one FIN was passed on, and ends with the second. A failure of one side ends it with
 * RST for the other. An end by command or limit goes through the closing state, in which both sides
 * are sent FIN and have time for theirs.
 */
class RelayLoop {
 public:
  /** Throws std::system_error when the system has no descriptor left. */
  RelayLoop(const RelaySpec& spec, EventQueue& events);

  /** Runs until Stop(), then ends every connection with RST. */
  void Run();

  /** Asks Run() to return. Any thread. */
  void Stop();

  CommandQueue& commands() { return commands_; }
  const Connections& connections() const { return connections_; }
  const Totals& totals() const { return totals_; }

 private:
  /** One turn. */
  void Turn();
  int TimeoutMs() const;
  void OnEvent(const epoll_event& event);
  void OnSocketEvent(Connection& connection, Role role, std::uint32_t events);
  void RunCommands();
  void RunTimers();
  void RunQueued();
  void PublishTotals();
  void PublishEvents();

  void Apply(ListenCommand& command) { acceptor_.Add(std::move(command)); }
  void Apply(const StopCommand& command) { acceptor_.Remove(command.listener); }
  void Apply(const PauseCommand& command) { acceptor_.SetPaused(command.listener, command.paused); }
  void Apply(const MaxOpenCommand& command) {
    acceptor_.SetMaxOpen(command.listener, command.max_open);
  }
  void Apply(ConnectCommand& command);
  void Apply(const RejectCommand& command);
  void Apply(const CloseCommand& command);
  void Apply(const LimitsCommand& command);

  /* sessions.cc: the states of a connection. A connection may have ended when one of these returns;
   * MoveBytes() returns false then. */
  void Accepted(Listener& listener, UniqueFd fd, const SocketAddress& peer);
  void Answer(Connection& connection);
  void StartConnect(Connection& connection);
  void RetryStarved();
  void FinishConnect(Connection& connection);
  void ConnectFailed(Connection& connection, int error, ConnectCall call);
  void Advance(Connection& connection);
  void AdvanceOpen(Connection& connection);
  void AdvanceClosing(Connection& connection);
  bool MoveBytes(Connection& connection, Direction direction);
  void PassFin(Connection& connection, Direction direction);
  void Expire(Connection& connection);
  /** Returns the limit that has passed, or kClosed if none has. */
  EndReason PassedLimit(const Connection& connection) const;
  void Arm(Connection& connection);
  void Queue(Connection& connection);
  void Fail(Connection& connection, const Side& side, int error);
  void BeginClose(Connection& connection, EndReason reason);
  void End(Connection& connection, EndReason reason, int error, bool reset);
  void ReportEnd(const Connection& connection, EndReason reason, int error, bool reset);
  void CloseSide(Side& side, bool reset);

  const RelaySpec spec_;
  EventQueue& events_;
  Totals totals_;
  PollSet poll_;
  CommandQueue commands_;
  Acceptor acceptor_;
  Connections connections_;
  Pump pump_;
  Timers timers_;
  /** Ids of connections that have more work in the next turn. */
  std::vector<std::uint64_t> queued_;
  std::vector<std::uint64_t> working_;
  /** Ids of connections whose connect waits for a descriptor. */
  std::vector<std::uint64_t> starved_;
  std::vector<Command> taken_;
  /** Monotonic time of this turn. */
  std::int64_t now_ = 0;
  /** Time to try again to accept and connect, while there is no descriptor. */
  std::int64_t retry_at_ = kNever;
  /** Time until which events that need no answer wait for others. */
  std::int64_t publish_at_ = kNever;
  bool accept_more_ = false;
  bool interrupted_ = false;
  bool descriptor_freed_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace netlink::relay
