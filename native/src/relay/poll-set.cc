#include "poll-set.h"

#include <cerrno>
#include <system_error>

namespace netlink::relay {
namespace {

constexpr unsigned kRoleBits = 2;
constexpr unsigned kGenerationShift = 32;

}  // namespace

PollSet::PollSet() : fd_(::epoll_create1(EPOLL_CLOEXEC)), events_{} {
  if (!fd_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

int PollSet::Add(int fd, std::uint32_t events, PollKey key) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.u64 = (std::uint64_t{key.generation} << kGenerationShift) |
                   (std::uint64_t{key.number} << kRoleBits) | static_cast<std::uint32_t>(key.role);
  return ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

std::span<const epoll_event> PollSet::Wait(int timeout_ms) {
  const int count =
      ::epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  // Fails only with EINTR: signals are blocked, but a debugger interrupts too.
  return {events_.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
}

PollKey PollSet::KeyOf(const epoll_event& event) {
  const std::uint64_t data = event.data.u64;
  return {.role = static_cast<Role>(data & ((1U << kRoleBits) - 1)),
          .number = static_cast<std::uint32_t>(data) >> kRoleBits,
          .generation = static_cast<std::uint32_t>(data >> kGenerationShift)};
}

}  // namespace netlink::relay
