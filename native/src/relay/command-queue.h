#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "../util/fd.h"
#include "connection.h"

namespace netlink::relay {

/** A listening socket for the thread. */
struct ListenCommand {
  std::uint32_t listener;
  UniqueFd fd;
  /** Address that the socket is bound to. */
  SocketAddress bound;
  std::uint32_t max_open;
  bool paused;
};

struct StopCommand {
  std::uint32_t listener;
};

struct PauseCommand {
  std::uint32_t listener;
  bool paused;
};

struct MaxOpenCommand {
  std::uint32_t listener;
  std::uint32_t max_open;
};

struct ConnectCommand {
  std::uint64_t connection;
  std::unique_ptr<ConnectSpec> spec;
};

struct RejectCommand {
  std::uint64_t connection;
  bool reset;
};

struct CloseCommand {
  std::uint64_t connection;
  bool reset;
};

/** Limits that change, in ns. */
struct LimitsCommand {
  std::uint64_t connection;
  std::optional<std::int64_t> idle;
  std::optional<std::int64_t> client_silent;
  std::optional<std::int64_t> half_closed;
  std::optional<std::int64_t> lifetime;
};

using Command = std::variant<ListenCommand, StopCommand, PauseCommand, MaxOpenCommand,
                             ConnectCommand, RejectCommand, CloseCommand, LimitsCommand>;

/** Queue of commands from JavaScript to the thread. Both may use it at any time. */
class CommandQueue {
 public:
  /** Throws std::system_error when the system has no descriptor left. */
  CommandQueue();

  /** Adds commands in order, and wakes the thread. Empties the vector. */
  void Push(std::vector<Command>& commands);
  void Push(Command command);
  /** Wakes the thread without a command. */
  void Wake();

  /** Takes all commands into an empty vector. */
  void Take(std::vector<Command>& commands);

  /** Descriptor that can be read after each wake. It need not be read under edge-triggered epoll.
   */
  int fd() const { return interrupt_.get(); }

 private:
  UniqueFd interrupt_;
  std::mutex mutex_;
  std::vector<Command> commands_;
};

}  // namespace netlink::relay
