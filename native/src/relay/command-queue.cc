#include "command-queue.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace netlink::relay {

CommandQueue::CommandQueue() : interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!interrupt_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void CommandQueue::Push(std::vector<Command>& commands) {
  if (commands.empty()) return;
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = commands_.empty();
    commands_.insert(commands_.end(), std::make_move_iterator(commands.begin()),
                     std::make_move_iterator(commands.end()));
  }
  commands.clear();
  // The thread takes all commands after each wake.
  if (was_empty) Wake();
}

void CommandQueue::Push(Command command) {
  std::vector<Command> one;
  one.push_back(std::move(command));
  Push(one);
}

void CommandQueue::Wake() {
  // Fails only if the counter is full, and then the thread is awake anyway.
  ::eventfd_write(interrupt_.get(), 1);
}

void CommandQueue::Take(std::vector<Command>& commands) {
  const std::lock_guard lock(mutex_);
  std::swap(commands, commands_);
}

}  // namespace netlink::relay
