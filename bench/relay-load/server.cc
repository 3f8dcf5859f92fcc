#include "server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace relay_load {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void SetNoDelay(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

struct Served {
  int fd;
  std::array<char, sizeof(Head)> head{};
  std::size_t head_length = 0;
  /** Bytes of the request that have not arrived. */
  std::size_t left = 0;
};

std::array<char, 262144> buffer;
const std::array<char, 65536> answer{};

/** Takes bytes that have arrived, and answers each request that is complete. */
void Take(Served& served, const char* bytes, std::size_t length) {
  while (length > 0) {
    if (served.left == 0) {
      const std::size_t taken = std::min(length, sizeof(Head) - served.head_length);
      std::memcpy(served.head.data() + served.head_length, bytes, taken);
      served.head_length += taken;
      bytes += taken;
      length -= taken;
      if (served.head_length < sizeof(Head)) return;
      Head head{};
      std::memcpy(&head, served.head.data(), sizeof(head));
      served.left = head.request - sizeof(head);
    }
    const std::size_t taken = std::min(length, served.left);
    bytes += taken;
    length -= taken;
    served.left -= taken;
    if (served.left > 0) return;
    Head head{};
    std::memcpy(&head, served.head.data(), sizeof(head));
    // Answers are small: the socket has room for them.
    send(served.fd, answer.data(), std::min<std::size_t>(head.answer, answer.size()), MSG_NOSIGNAL);
    served.head_length = 0;
  }
}

/** Reads what has arrived. Returns false after the end. */
bool Read(Served& served) {
  while (true) {
    const ssize_t got = recv(served.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    Take(served, buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

int ListenLoopback(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  const sockaddr_in address = Loopback(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) return -1;
  return listen(fd, 4096) < 0 ? -1 : fd;
}

int ConnectLoopback(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  SetNoDelay(fd);
  const sockaddr_in address = Loopback(port);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return result < 0 && errno != EINPROGRESS ? -1 : fd;
}

void Serve(int listener) {
  const int poll = epoll_create1(0);
  epoll_event accepting{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &accepting);
  std::array<epoll_event, 256> events;
  while (true) {
    const int count = epoll_wait(poll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      auto* const served = static_cast<Served*>(events[i].data.ptr);
      if (served != nullptr) {
        if (Read(*served)) continue;
        close(served->fd);
        delete served;
        continue;
      }
      while (true) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) break;
        SetNoDelay(fd);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = new Served{.fd = fd}}};
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
      }
    }
  }
}

}  // namespace relay_load
