#include "traffic.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

namespace load {

Traffic::Traffic(Options& options)
    : every_ns_(static_cast<std::int64_t>(options.Number("every-ms", 10)) * 1'000'000),
      active_(options.Number("active", 20)),
      max_bytes_(options.Number("max-bytes", 4000)),
      seed_(options.Number("seed", 1)),
      in_turn_(options.Number("in-turn", 0) != 0),
      memory_(std::max<std::size_t>(max_bytes_, std::size_t{64} << 10)) {}

void Traffic::Add(UniqueFd fd) {
  counts_.push_back({.local = Endpoint::LocalOf(fd.get()), .remote = Endpoint::RemoteOf(fd.get())});
  poller_.Add(fd.get(), EPOLLIN, fds_.size());
  fds_.push_back(std::move(fd));
  ++open_;
}

void Traffic::Send() {
  const std::int64_t now = Now();
  if (ended_ || fds_.empty() || now < due_) return;
  // Missed sends are not made up for.
  due_ = std::max(due_ + every_ns_, now);
  for (std::uint64_t i = 0; i < active_; ++i) {
    const auto [number, bytes] = NextPiece();
    if (!fds_[number]) continue;
    const ssize_t sent = ::send(fds_[number].get(), memory_.data(), bytes, MSG_NOSIGNAL);
    if (sent > 0) counts_[number].sent += static_cast<std::uint64_t>(sent);
    if (sent < 0 && errno != EAGAIN) {
      ++failed_;
      Close(number);
    }
  }
}

Traffic::Piece Traffic::NextPiece() {
  if (in_turn_) return {.number = turn_++ % fds_.size(), .bytes = max_bytes_};
  const std::uint64_t random = Scramble(seed_, turn_++);
  return {.number = random % fds_.size(), .bytes = 1 + (random >> 32) % max_bytes_};
}

void Traffic::Read(std::uint64_t number) {
  if (!fds_[number]) return;
  while (true) {
    const ssize_t got = ::recv(fds_[number].get(), memory_.data(), memory_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      if (got < 0) ++failed_;
      // All data was read, so close() sends a FIN, after the data still to be sent.
      return Close(number);
    }
    counts_[number].received += static_cast<std::uint64_t>(got);
  }
}

void Traffic::EndAll() {
  ended_ = true;
  for (const UniqueFd& fd : fds_) {
    if (fd) Check(::shutdown(fd.get(), SHUT_WR), "shutdown");
  }
}

int Traffic::Timeout() const {
  if (ended_ || fds_.empty()) return 1000;
  return static_cast<int>(std::clamp<std::int64_t>((due_ - Now()) / 1'000'000 + 1, 1, 1000));
}

void Traffic::Close(std::uint64_t number) {
  fds_[number] = UniqueFd();
  --open_;
}

int ReportTraffic(const Traffic& traffic, const std::string& out) {
  WriteCounts(out, traffic.counts());
  const Count sum = Sum(traffic.counts());
  std::printf("{\"connections\":%zu,\"failed\":%" PRIu64 ",\"sent\":%" PRIu64
              ",\"received\":%" PRIu64 "}\n",
              traffic.counts().size(), traffic.failed(), sum.sent, sum.received);
  return traffic.failed() == 0 ? 0 : 1;
}

}  // namespace load
