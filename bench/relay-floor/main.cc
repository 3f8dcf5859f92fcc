// The least that a relay can do: one thread, edge-triggered epoll, copies of 64 KiB, no limits, no
// counters, no timers.
//
//   relay-floor LISTEN_PORT BACKEND_PORT [splice]
//
// With `splice` bytes go through a pipe for each direction instead. Prints `ready` when it listens.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

constexpr std::size_t kBuffer = 64 * 1024;
constexpr int kRounds = 4;

struct Half {
  int fd = -1;
  bool readable = false;
  bool writable = false;
  bool ended = false;
  bool shut = false;
  Half* other = nullptr;
  /** Bytes that were read from here, and those of them that wait for the other side. */
  std::unique_ptr<std::array<char, kBuffer>> buffer{};
  std::size_t at = 0;
  std::size_t end = 0;
  /** With splice: the pipe, and the bytes in it. */
  std::array<int, 2> pipe{-1, -1};
  std::size_t piped = 0;
  bool dead = false;
};

bool use_splice = false;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/** Moves bytes by copies. Returns false at an error. */
bool Copy(Half& from) {
  Half& to = *from.other;
  if (!from.buffer) from.buffer.reset(new std::array<char, kBuffer>);
  for (int round = 0; round < kRounds; ++round) {
    while (from.at < from.end) {
      if (!to.writable) return true;
      const ssize_t sent =
          send(to.fd, from.buffer->data() + from.at, from.end - from.at, MSG_NOSIGNAL);
      if (sent < 0) {
        to.writable = false;
        return errno == EAGAIN;
      }
      from.at += static_cast<std::size_t>(sent);
      if (from.at < from.end) to.writable = false;
    }
    if (!from.readable || from.ended) return true;
    const ssize_t got = recv(from.fd, from.buffer->data(), kBuffer, 0);
    if (got < 0) {
      from.readable = false;
      return errno == EAGAIN;
    }
    if (got == 0) {
      from.ended = true;
      return true;
    }
    if (static_cast<std::size_t>(got) < kBuffer) from.readable = false;
    from.at = 0;
    from.end = static_cast<std::size_t>(got);
  }
  return true;
}

/** Moves bytes by splice. Returns false at an error. */
bool Splice(Half& from) {
  Half& to = *from.other;
  if (from.pipe[0] < 0 && pipe2(from.pipe.data(), O_NONBLOCK) < 0) return false;
  for (int round = 0; round < kRounds; ++round) {
    while (from.piped > 0) {
      if (!to.writable) return true;
      const ssize_t sent =
          splice(from.pipe[0], nullptr, to.fd, nullptr, from.piped, SPLICE_F_NONBLOCK);
      if (sent < 0) {
        to.writable = false;
        return errno == EAGAIN;
      }
      from.piped -= static_cast<std::size_t>(sent);
    }
    if (!from.readable || from.ended) return true;
    const ssize_t got = splice(from.fd, nullptr, from.pipe[1], nullptr, kBuffer, SPLICE_F_NONBLOCK);
    if (got < 0) {
      from.readable = false;
      return errno == EAGAIN;
    }
    if (got == 0) {
      from.ended = true;
      return true;
    }
    from.piped = static_cast<std::size_t>(got);
  }
  return true;
}

bool Waits(const Half& half) { return half.at < half.end || half.piped > 0; }

void Finish(Half& a, std::vector<Half*>& dead) {
  for (Half* half : {&a, a.other}) {
    close(half->fd);
    for (const int end : half->pipe) {
      if (end >= 0) close(end);
    }
    half->dead = true;
    dead.push_back(half);
  }
}

void Advance(Half& a, std::vector<Half*>& again, std::vector<Half*>& dead) {
  for (Half* from : {&a, a.other}) {
    if (!(use_splice ? Splice(*from) : Copy(*from))) return Finish(a, dead);
    if (from->ended && !Waits(*from) && !from->other->shut) {
      shutdown(from->other->fd, SHUT_WR);
      from->other->shut = true;
    }
    const bool more = Waits(*from) ? from->other->writable : from->readable && !from->ended;
    if (more) again.push_back(from);
  }
  if (a.shut && a.other->shut) Finish(a, dead);
}

void Add(int poll, int fd, void* half) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = half;
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

void AcceptAll(int poll, int listener, int backend_port) {
  const int one = 1;
  while (true) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int backend = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(backend, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    const sockaddr_in address = Loopback(backend_port);
    connect(backend, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    auto* const near = new Half{.fd = client};
    auto* const far = new Half{.fd = backend, .other = near};
    near->other = far;
    Add(poll, client, near);
    Add(poll, backend, far);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  use_splice = argc > 3 && std::strcmp(argv[3], "splice") == 0;
  const int one = 1;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  const sockaddr_in address = Loopback(std::atoi(argv[1]));
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0 ||
      listen(listener, 4096) < 0) {
    std::perror("listen");
    return 1;
  }
  const int poll = epoll_create1(0);
  epoll_event accepting{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &accepting);
  std::puts("ready");
  std::fflush(stdout);
  std::array<epoll_event, 256> events;
  std::vector<Half*> again;
  std::vector<Half*> dead;
  while (true) {
    const int count = epoll_wait(poll, events.data(), events.size(), again.empty() ? -1 : 0);
    std::vector<Half*> work;
    work.swap(again);
    for (int i = 0; i < count; ++i) {
      auto* const half = static_cast<Half*>(events[i].data.ptr);
      if (half == nullptr) {
        AcceptAll(poll, listener, std::atoi(argv[2]));
        continue;
      }
      if (half->dead) continue;
      const std::uint32_t seen = events[i].events;
      if ((seen & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) half->readable = true;
      if ((seen & (EPOLLOUT | EPOLLERR)) != 0) half->writable = true;
      Advance(*half, again, dead);
    }
    for (Half* half : work) {
      if (!half->dead) Advance(*half, again, dead);
    }
    std::erase_if(again, [](const Half* half) { return half->dead; });
    for (Half* half : dead) delete half;
    dead.clear();
  }
}
