#include "relay-harness.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

#include "../poll/waiting.h"

namespace netlink::test {
namespace {

constexpr int kBacklog = 1024;
constexpr time_t kReadTimeoutSec = 20;

}  // namespace

SocketAddress Loopback(std::uint16_t port) {
  const auto address = ParseSocketAddress("127.0.0.1", port);
  CHECK(address.has_value());
  return *address;
}

UniqueFd ListenAsBackend(std::uint16_t& port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address = Loopback(0);
  CHECK(::bind(fd.get(), address.get(), address.length) == 0);
  CHECK(::listen(fd.get(), kBacklog) == 0);
  port = relay::LocalAddress(fd.get()).port();
  return fd;
}

UniqueFd ConnectTo(std::uint16_t port, int buffer_bytes) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (buffer_bytes > 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
  }
  const SocketAddress address = Loopback(port);
  CHECK(::connect(fd.get(), address.get(), address.length) == 0);
  SetReadTimeout(fd.get());
  return fd;
}

UniqueFd AcceptFrom(int listener) {
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  CHECK(static_cast<bool>(fd));
  SetReadTimeout(fd.get());
  return fd;
}

void SetReadTimeout(int fd) {
  const timeval timeout{.tv_sec = kReadTimeoutSec, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

std::string ReadToEnd(int fd) {
  std::string all;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    CHECK(got >= 0);
    if (got == 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

int ReadError(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, 0) < 0 ? errno : 0;
}

RelayHarness::RelayHarness(const relay::RelaySpec& spec) : thread(spec, [] {}) { thread.Start(); }

std::uint16_t RelayHarness::Listen(std::uint32_t max_open, bool paused) {
  relay::ListenSpec spec;
  spec.address = Loopback(0);
  auto opened = relay::OpenListener(spec);
  CHECK(std::holds_alternative<UniqueFd>(opened));
  UniqueFd& fd = std::get<UniqueFd>(opened);
  const SocketAddress bound = relay::LocalAddress(fd.get());
  Send(relay::ListenCommand{.listener = ++listeners_,
                            .fd = std::move(fd),
                            .bound = bound,
                            .max_open = max_open,
                            .paused = paused});
  return bound.port();
}

void RelayHarness::Connect(std::uint64_t connection, std::uint16_t port,
                           const std::function<void(relay::ConnectSpec&)>& change) {
  auto spec = std::make_unique<relay::ConnectSpec>();
  spec->backend.address = Loopback(port);
  if (change) change(*spec);
  Send(relay::ConnectCommand{connection, std::move(spec)});
}

std::vector<RelayRecord> RelayHarness::Take() {
  std::vector<RelayRecord> records = std::move(arrived_);
  arrived_.clear();
  if (!thread.events().Take(batch_)) return records;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < batch_.count; ++i) {
    const auto size = Load<std::uint32_t>(batch_.data.data() + at);
    const auto from = batch_.data.begin() + static_cast<std::ptrdiff_t>(at);
    records.push_back({std::vector<std::uint8_t>(from, from + size)});
    at += size;
  }
  CHECK_EQ(at, batch_.data.size());
  batch_.Clear();
  return records;
}

RelayRecord RelayHarness::Next(relay::EventKind kind) {
  WaitFor([&] {
    arrived_ = Take();
    return !arrived_.empty();
  });
  RelayRecord first = std::move(arrived_.front());
  arrived_.erase(arrived_.begin());
  CHECK_EQ(static_cast<int>(first.kind()), static_cast<int>(kind));
  return first;
}

RelayedPair::RelayedPair(RelayHarness& harness,
                         const std::function<void(relay::ConnectSpec&)>& change) {
  std::uint16_t backend_port = 0;
  backend_listener = ListenAsBackend(backend_port);
  client = ConnectTo(harness.Listen());
  id = harness.Next(relay::EventKind::kAccepted).connection();
  harness.Connect(id, backend_port, change);
  backend = AcceptFrom(backend_listener.get());
  CHECK_EQ(harness.Next(relay::EventKind::kConnected).connection(), id);
}

}  // namespace netlink::test
