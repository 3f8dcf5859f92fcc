#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "http.h"
#include "report.h"
#include "sockets.h"

namespace load {
namespace {

constexpr std::size_t kReadBytes = 65'536;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

struct Served {
  UniqueFd fd;
  std::uint16_t port = 0;
  /** Letters of the end of a head that were seen. */
  std::size_t matched = 0;
  std::uint64_t requests = 0;
  std::uint64_t sent_bytes = 0;
};

/** Passage of a request: the kernel had received it, the server had read it, and began to answer.
 */
struct Passage {
  std::uint16_t port;
  std::uint64_t position;
  std::int64_t received_ns;
  std::int64_t read_ns;
  std::int64_t write_ns;
};

class HttpServer {
 public:
  HttpServer(std::size_t body_bytes, std::size_t at_once, std::int64_t work_ns, bool keeps_times)
      : answer_bytes_(HttpAnswer(body_bytes).size()), work_ns_(work_ns), keeps_times_(keeps_times) {
    for (std::size_t i = 0; i < at_once; ++i) answers_ += HttpAnswer(body_bytes);
  }

  void Run(const Endpoint& at) {
    const UniqueFd listener = Listen(at);
    const int on = keeps_times_ ? 1 : 0;
    // Connections inherit it.
    Check(::setsockopt(listener.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on),
          "SO_TIMESTAMPNS");
    poller_.Add(listener.get(), EPOLLIN, 0);
    SayReady();
    while (!Stopped()) {
      for (const epoll_event& event : poller_.Wait(-1)) {
        if (event.data.u64 == 0) {
          Accept(listener.get());
          continue;
        }
        Served& served = *served_[event.data.u64 - 1];
        if (served.fd.get() < 0) continue;
        if (!Read(served)) served.fd = UniqueFd();
      }
    }
  }

  int Report(const std::string& out) const {
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    for (const auto& served : served_) {
      requests += served->requests;
      answers += served->sent_bytes / answer_bytes_;
    }
    std::printf("{\"connections\":%zu,\"requests\":%" PRIu64 ",\"answers\":%" PRIu64 "}\n",
                served_.size(), requests, answers);
    if (out.empty()) return 0;
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(out.c_str(), "we"), std::fclose);
    Check(file ? 0 : -1, out.c_str());
    for (const auto& [port, position, received_ns, read_ns, write_ns] : passages_) {
      std::fprintf(file.get(), "%u %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", port,
                   position, received_ns, read_ns, write_ns);
    }
    Check(std::fflush(file.get()), out.c_str());
    return 0;
  }

 private:
  void Accept(int listener) {
    while (true) {
      UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd.get() < 0) return;
      const int on = 1;
      Check(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
      auto served = std::make_unique<Served>();
      served->port = Endpoint::RemoteOf(fd.get()).Port();
      served->fd = std::move(fd);
      served_.push_back(std::move(served));
      poller_.Add(served_.back()->fd.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  served_.size());
    }
  }

  /** Reads and answers what has come. Returns false after the end. */
  bool Read(Served& served) {
    while (true) {
      std::int64_t received_ns = 0;
      const ssize_t got = Receive(served.fd.get(), received_ns);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN && Send(served);
      const std::int64_t read_ns = keeps_times_ ? RealtimeNs() : 0;
      const std::uint64_t count =
          CountHeads(served, std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
      if (work_ns_ > 0) Work(static_cast<std::int64_t>(count) * work_ns_);
      for (std::uint64_t i = 1; keeps_times_ && i <= count; ++i) {
        passages_.push_back({served.port, served.requests + i, received_ns, read_ns, RealtimeNs()});
      }
      served.requests += count;
      if (!Send(served)) return false;
      // What comes after a short read is another event.
      if (static_cast<std::size_t>(got) < buffer_.size()) return true;
    }
  }

  /** Reads, and takes the time at which the kernel received the last of it where times are kept. */
  ssize_t Receive(int fd, std::int64_t& received_ns) {
    if (!keeps_times_) return ::recv(fd, buffer_.data(), buffer_.size(), 0);
    alignas(cmsghdr) std::array<char, 128> controls;
    iovec vector{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = controls.data();
    message.msg_controllen = controls.size();
    const ssize_t got = ::recvmsg(fd, &message, 0);
    if (got <= 0) return got;
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec time{};
      std::memcpy(&time, CMSG_DATA(each), sizeof time);
      received_ns = time.tv_sec * kNsPerSecond + time.tv_nsec;
    }
    return got;
  }

  static std::uint64_t CountHeads(Served& served, std::string_view bytes) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    std::uint64_t count = 0;
    for (const char each : bytes) {
      served.matched = each == kEnd[served.matched] ? served.matched + 1 : each == '\r' ? 1 : 0;
      if (served.matched < kEnd.size()) continue;
      served.matched = 0;
      ++count;
    }
    return count;
  }

  /** Keeps a processor busy, as a program that makes an answer. */
  static void Work(std::int64_t ns) {
    for (const std::int64_t end = Now() + ns; Now() < end;) continue;
  }

  bool Send(Served& served) const {
    const std::uint64_t due = served.requests * answer_bytes_;
    while (served.sent_bytes < due) {
      const std::size_t from = served.sent_bytes % answer_bytes_;
      const std::size_t length =
          std::min<std::uint64_t>(due - served.sent_bytes, answers_.size() - from);
      const ssize_t sent = ::send(served.fd.get(), answers_.data() + from, length, MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN;
      served.sent_bytes += static_cast<std::uint64_t>(sent);
    }
    return true;
  }

  const std::size_t answer_bytes_;
  const std::int64_t work_ns_;
  const bool keeps_times_;
  std::string answers_;
  Poller poller_;
  std::array<char, kReadBytes> buffer_;
  std::vector<std::unique_ptr<Served>> served_;
  std::vector<Passage> passages_;
};

}  // namespace

int RunHttpServer(Options options) {
  const auto at =
      Endpoint::Of(options.Text("address"), static_cast<std::uint16_t>(options.Number("port")));
  const std::string out = options.Text("out", "");
  const auto work_ns = static_cast<std::int64_t>(options.Number("work-us", 0)) * 1000;
  const std::size_t body_bytes = options.Number("body-bytes", 1024);
  const std::size_t at_once = options.Number("at-once", 1);
  options.RequireNoOther();
  const auto server = std::make_unique<HttpServer>(body_bytes, at_once, work_ns, !out.empty());
  server->Run(at);
  return server->Report(out);
}

}  // namespace load
