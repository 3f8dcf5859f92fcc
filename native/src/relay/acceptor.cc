#include "acceptor.h"

#include <sys/resource.h>

#include <cerrno>
#include <utility>

namespace netlink::relay {
namespace {

/** Connections that one listener accepts before other work. */
constexpr int kRounds = 32;

/** Descriptors that are left for the rest of the process: files, names, logs. */
constexpr std::int64_t kSpareDescriptors = 16;

std::int64_t DescriptorLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::int64_t>(limit.rlim_cur);
}

/** Returns whether the queue may have further connections after this error of accept(): the
 * connection that it was about has gone, or has a pending network error, as accept(2) says. */
bool ConcernsOneClient(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Acceptor::Add(ListenCommand command) {
  const std::uint32_t number = command.listener;
  const int error = poll_.Add(command.fd.get(), EPOLLIN,
                              {.role = Role::kListener, .number = number, .generation = 0});
  Listener listener{.number = number,
                    .fd = std::move(command.fd),
                    .bound = command.bound,
                    .max_open = command.max_open,
                    .paused = command.paused};
  if (error != 0) {
    listener.reported = true;
    Report(number, error);
  }
  listeners_.emplace(number, std::move(listener));
  changed_ = true;
}

void Acceptor::Remove(std::uint32_t number) {
  Listener* const listener = Find(number);
  if (listener == nullptr) return;
  // The kernel resets connections that wait in the queue of a closed listener: they were not
  // refused before.
  listener->readable = true;
  while (MayAccept(*listener) && AcceptOne(*listener)) {
  }
  listeners_.erase(number);
  ListenerEvent event{};
  event.listener = number;
  events_.Add(EventKind::kStopped, event);
  OnDescriptorFree();
}

void Acceptor::SetPaused(std::uint32_t number, bool paused) {
  if (Listener* const listener = Find(number)) listener->paused = paused;
  changed_ = true;
}

void Acceptor::SetMaxOpen(std::uint32_t number, std::uint32_t max_open) {
  if (Listener* const listener = Find(number)) listener->max_open = max_open;
  changed_ = true;
}

void Acceptor::OnReadable(std::uint32_t number) {
  if (Listener* const listener = Find(number)) listener->readable = true;
  changed_ = true;
}

void Acceptor::OnAnswered() {
  if (waiting_-- >= max_waiting_) changed_ = true;
}

void Acceptor::OnEnded(std::uint32_t number) {
  if (Listener* const listener = Find(number)) {
    if (listener->open-- >= listener->max_open) changed_ = true;
  }
  OnDescriptorFree();
}

void Acceptor::OnDescriptorFree() {
  if (std::exchange(starved_, false)) changed_ = true;
}

Listener* Acceptor::Find(std::uint32_t number) {
  const auto found = listeners_.find(number);
  return found == listeners_.end() ? nullptr : &found->second;
}

bool Acceptor::MayAccept(const Listener& listener) const {
  return listener.readable && !listener.paused && !starved_ && listener.open < listener.max_open &&
         waiting_ < max_waiting_;
}

bool Acceptor::Work() {
  if (!changed_) return false;
  changed_ = false;
  for (auto& [number, listener] : listeners_) {
    int round = 0;
    while (round < kRounds && MayAccept(listener) && AcceptOne(listener)) ++round;
    if (round == kRounds) changed_ = true;
  }
  return changed_;
}

bool Acceptor::AcceptOne(Listener& listener) {
  SocketAddress peer;
  UniqueFd fd(::accept4(listener.fd.get(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (ConcernsOneClient(errno)) return true;
    if (errno != EAGAIN) {
      Starve(listener, errno);
      return false;
    }
    listener.readable = false;
    if (std::exchange(listener.reported, false)) Report(listener.number, 0);
    return false;
  }
  ++waiting_;
  ++listener.open;
  if (!HasRoomAfter(fd.get())) Starve(listener, EMFILE);
  taker_(listener, std::move(fd), peer);
  return true;
}

void Acceptor::Starve(Listener& listener, int error) {
  starved_ = true;
  if (!std::exchange(listener.reported, true)) Report(listener.number, error);
}

bool Acceptor::HasRoomAfter(int fd) {
  const auto fits = [&] { return descriptors_ - 1 - fd >= waiting_ + kSpareDescriptors; };
  if (fits()) return true;
  descriptors_ = DescriptorLimit();
  return fits();
}

void Acceptor::Report(std::uint32_t number, int error) {
  ListenerEvent event{};
  event.listener = number;
  event.error = static_cast<std::uint32_t>(error);
  events_.Add(EventKind::kAccepting, event);
}

}  // namespace netlink::relay
