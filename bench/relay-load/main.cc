// Load for a relay: a server and clients in one process, each on a thread.
//
//   relay-load bulk|trips|churn|paced|idle CLIENT_PORT SERVER_PORT CONNECTIONS TOTAL [PER_SECOND]
//
// bulk: TOTAL requests of 1 MB over so many connections, each answered by 8 bytes. trips: TOTAL
// requests and answers of 1 KiB. paced: trips, PER_SECOND of them. churn: TOTAL connections, each
// with one trip of 128 bytes, PER_SECOND of them, at most CONNECTIONS at a time. idle: opens so
// many connections with one trip each, prints `ready`, and keeps them until standard input ends.
// Prints JSON: requests, seconds, latency in microseconds.

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "server.h"

namespace relay_load {
namespace {

struct Plan {
  std::uint32_t request;
  std::uint32_t answer;
  std::size_t connections;
  std::size_t total;
  /** 0: as fast as possible. */
  double per_second;
  bool closes;
};

struct Client {
  int fd = -1;
  std::size_t to_send = 0;
  std::size_t to_receive = 0;
  double start = 0;
  bool busy = false;
  bool closing = false;
};

double Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Clients {
 public:
  Clients(const Plan& plan, int port) : plan_(plan), port_(port), bytes_(MakeRequest(plan)) {
    poll_ = epoll_create1(0);
    clients_.resize(plan.connections);
    latencies_.reserve(plan.total);
  }

  void Run() {
    start_ = Now();
    if (!plan_.closes) {
      for (Client& client : clients_) Open(client);
    }
    while (finished_ < plan_.total) {
      Begin();
      Wait();
    }
    seconds_ = Now() - start_;
  }

  void Report() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double part) {
      return latencies_.empty() ? 0
                                : 1e6 * latencies_[static_cast<std::size_t>(
                                            part * static_cast<double>(latencies_.size() - 1))];
    };
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.4f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"maxUs\":%.1f}\n",
        finished_, seconds_, at(0.5), at(0.99), at(1));
    std::fflush(stdout);
  }

 private:
  static std::vector<char> MakeRequest(const Plan& plan) {
    std::vector<char> bytes(plan.request, 'x');
    const Head head{plan.request, plan.answer};
    std::memcpy(bytes.data(), &head, sizeof(head));
    return bytes;
  }

  void Open(Client& client) {
    client = Client{};
    client.fd = ConnectLoopback(port_);
    if (client.fd < 0) Die("connect");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &client;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, client.fd, &event) < 0) Die("epoll_ctl");
  }

  /** Begins requests on free connections, as many as are due. */
  void Begin() {
    std::size_t due = plan_.total;
    if (plan_.per_second > 0) {
      due = std::min(due, static_cast<std::size_t>((Now() - start_) * plan_.per_second) + 1);
    }
    for (std::size_t tried = 0; begun_ < due && tried < clients_.size(); ++tried) {
      next_ = (next_ + 1) % clients_.size();
      Client& client = clients_[next_];
      if (client.busy) continue;
      if (plan_.closes) Open(client);
      client.busy = true;
      client.start = Now();
      client.to_send = plan_.request;
      client.to_receive = plan_.answer;
      ++begun_;
      Advance(client);
    }
  }

  void Wait() {
    const int timeout = plan_.per_second > 0 ? 1 : 1000;
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(poll_, events.data(), events.size(), timeout);
    for (int i = 0; i < count; ++i) Advance(*static_cast<Client*>(events[i].data.ptr));
  }

  void Advance(Client& client) {
    while (client.to_send > 0) {
      const ssize_t sent = send(client.fd, bytes_.data() + (plan_.request - client.to_send),
                                client.to_send, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EAGAIN || errno == ENOTCONN) break;
        Die("send");
      }
      client.to_send -= static_cast<std::size_t>(sent);
    }
    std::array<char, 65536> buffer;
    while (client.busy) {
      const ssize_t got = recv(client.fd, buffer.data(), buffer.size(), 0);
      if (got < 0) {
        if (errno == EAGAIN || errno == ENOTCONN) return;
        Die("recv");
      }
      if (got == 0) {
        if (!client.closing) Die("unexpected end");
        close(client.fd);
        return Done(client);
      }
      client.to_receive -= static_cast<std::size_t>(got);
      if (client.to_receive > 0) continue;
      latencies_.push_back(Now() - client.start);
      if (!plan_.closes) return Done(client);
      // The server ends after this, and the end comes back through the relay.
      shutdown(client.fd, SHUT_WR);
      client.closing = true;
    }
  }

  void Done(Client& client) {
    client.busy = false;
    ++finished_;
    // The next request goes out at once, not after the other connections' events.
    if (!plan_.closes && plan_.per_second == 0 && begun_ < plan_.total) {
      client.busy = true;
      client.start = Now();
      client.to_send = plan_.request;
      client.to_receive = plan_.answer;
      ++begun_;
      Advance(client);
    }
  }

  const Plan plan_;
  const int port_;
  const std::vector<char> bytes_;
  int poll_ = -1;
  std::vector<Client> clients_;
  std::vector<double> latencies_;
  double start_ = 0;
  double seconds_ = 0;
  std::size_t next_ = 0;
  std::size_t begun_ = 0;
  std::size_t finished_ = 0;
};

int Main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string mode = argv[1];
  const auto number = [&](int at) { return static_cast<std::size_t>(std::atoll(argv[at])); };
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  Plan plan{.request = 1024,
            .answer = 1024,
            .connections = number(4),
            .total = number(5),
            .per_second = argc > 6 ? std::atof(argv[6]) : 0,
            .closes = mode == "churn"};
  if (mode == "bulk") {
    plan.request = 1'000'000;
    plan.answer = sizeof(Head);
  }
  if (mode == "churn") plan.request = plan.answer = 128;
  if (mode == "idle") plan.total = plan.connections;
  const int listener = ListenLoopback(std::atoi(argv[3]));
  if (listener < 0) Die("listen");
  std::thread([listener] { Serve(listener); }).detach();
  Clients clients(plan, std::atoi(argv[2]));
  clients.Run();
  if (mode == "idle") {
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
  }
  clients.Report();
  std::_Exit(0);
}

}  // namespace
}  // namespace relay_load

int main(int argc, char** argv) { return relay_load::Main(argc, argv); }
