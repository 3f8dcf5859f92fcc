#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "churn.h"
#include "payload.h"
#include "report.h"

namespace load {
namespace {

class Server {
 public:
  explicit Server(Options& options) : payload_(options), reply_(options.Number("reply", 0) != 0) {
    const auto port = static_cast<std::uint16_t>(options.Number("port"));
    const std::uint64_t ports = options.Number("ports", 1);
    const Endpoint at = Endpoint::Of(options.Text("address"), port);
    options.RequireNoOther();
    for (std::uint64_t i = 0; i < ports; ++i) {
      listeners_.push_back(Listen(at.WithPort(static_cast<std::uint16_t>(port + i))));
      const int fd = listeners_.back().get();
      poller_.Add(fd, EPOLLIN, static_cast<std::uint64_t>(fd));
      ConnectionOf(fd).listens = true;
    }
  }

  /** Runs until a signal comes. */
  int Run() {
    SayReady();
    while (!Stopped()) {
      for (const epoll_event& event : poller_.Wait(-1)) {
        const int fd = static_cast<int>(event.data.u64);
        if (ConnectionOf(fd).listens) {
          Accept(fd);
        } else {
          Read(fd);
        }
      }
    }
    std::printf("{\"connections\":%" PRIu64 ",\"received\":%" PRIu64 ",\"sent\":%" PRIu64
                ",\"wrong\":%" PRIu64 ",\"failed\":%" PRIu64 "}\n",
                ended_, received_, sent_, wrong_, failed_);
    return wrong_ == 0 && failed_ == 0 ? 0 : 1;
  }

 private:
  struct Connection {
    UniqueFd fd;
    bool listens = false;
    std::uint64_t number = 0;
    std::uint64_t received = 0;
  };

  Connection& ConnectionOf(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= connections_.size()) connections_.resize(index + 1);
    return connections_[index];
  }

  void Accept(int listener) {
    // Limited, so that other descriptors get their turn.
    for (int i = 0; i < 64; ++i) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
      Check(fd, "accept4");
      ConnectionOf(fd) = {.fd = UniqueFd(fd)};
      // Most connections have all data at once, and need no epoll.
      if (Read(fd)) poller_.Add(fd, EPOLLIN | EPOLLET, static_cast<std::uint64_t>(fd));
    }
  }

  /** Reads all available data. Returns whether more must come. */
  bool Read(int fd) {
    Connection& connection = ConnectionOf(fd);
    std::uint8_t bytes[16'384];
    while (true) {
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got < 0 && errno == EAGAIN) return true;
      if (got <= 0) {
        if (got < 0) ++failed_;
        if (got == 0) End(connection);
        connection.fd = UniqueFd();
        return false;
      }
      Take(connection, {bytes, static_cast<std::size_t>(got)});
    }
  }

  void Take(Connection& connection, Bytes bytes) {
    for (std::uint64_t at = connection.received, i = 0; at < Payload::kHead && i < bytes.size();
         ++at, ++i) {
      connection.number |= static_cast<std::uint64_t>(bytes[i]) << (8 * at);
    }
    connection.received += bytes.size();
  }

  void End(Connection& connection) {
    ++ended_;
    received_ += connection.received;
    if (connection.received != payload_.SizeOf(connection.number)) ++wrong_;
    if (!reply_) return;
    const Bytes piece = payload_.Piece(connection.number, 0, connection.received);
    const ssize_t sent = ::send(connection.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    // A reply fits in the send buffer of a new connection.
    if (sent != static_cast<ssize_t>(piece.size())) ++failed_;
    sent_ += static_cast<std::uint64_t>(std::max<ssize_t>(sent, 0));
  }

  Payload payload_;
  bool reply_;
  Poller poller_;
  std::vector<UniqueFd> listeners_;
  std::vector<Connection> connections_;
  std::uint64_t ended_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace

int RunChurnServer(Options options) { return Server(options).Run(); }

}  // namespace load
