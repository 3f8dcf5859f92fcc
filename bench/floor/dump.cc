#include "dump.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "../../native/src/netlink/wire.h"
#include "../../native/src/util/fd.h"
#include "beats.h"

namespace bench {
namespace {

using netlink::Bytes;
using netlink::MessageHeader;

/** Number of datagrams per receive: the same as in the collector. */
constexpr std::size_t kBuffers = 8;
constexpr std::size_t kBufferSize = 32 * 1024;
constexpr timeval kAnswerTimeout{.tv_sec = 5, .tv_usec = 0};

std::vector<std::uint8_t> FromHex(const std::string& text) {
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* at = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, bytes[i], 16);
    if (error != std::errc() || end != at + 2) {
      throw load::UsageError("--requests: " + text + " is not hexadecimal");
    }
  }
  if (text.size() % 2 != 0 || bytes.size() < sizeof(MessageHeader)) {
    throw load::UsageError("--requests: " + text + " is not a netlink message");
  }
  return bytes;
}

class Dumper {
 public:
  explicit Dumper(int protocol)
      : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)),
        memory_(kBuffers * kBufferSize) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
    for (std::size_t i = 0; i < kBuffers; ++i) {
      vectors_[i] = {.iov_base = memory_.data() + i * kBufferSize, .iov_len = kBufferSize};
    }
  }

  /** Makes one dump. Returns false, with a line on stderr, when it is incomplete. */
  bool Ask(std::vector<std::uint8_t>& request) {
    auto header = netlink::Load<MessageHeader>(request.data());
    header.sequence = ++sequence_;
    std::memcpy(request.data(), &header, sizeof header);
    if (::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return Failed("send");
    std::optional<bool> good;
    while (!good) {
      good = Receive();
    }
    return *good;
  }

  /** Bytes of all answers so far. */
  std::uint64_t bytes() const { return bytes_; }

 private:
  /** Receives datagrams. Returns whether the dump succeeded, or nothing while it goes on. */
  std::optional<bool> Receive() {
    for (std::size_t i = 0; i < kBuffers; ++i) {
      headers_[i] = {};
      headers_[i].msg_hdr.msg_iov = &vectors_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = ::recvmmsg(fd_.get(), headers_.data(), kBuffers, MSG_WAITFORONE, nullptr);
    if (count < 0 && errno == EINTR) return std::nullopt;
    if (count < 0) return Failed("recvmmsg");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      bytes_ += headers_[i].msg_len;
      const auto good = EndIn({memory_.data() + i * kBufferSize, headers_[i].msg_len});
      if (good) return good;
    }
    return std::nullopt;
  }

  /**
   * Searches for the dump's end at a datagram's beginning and end, where the kernel puts it
   * (netlink_dump). Ignores all other messages.
   */
  std::optional<bool> EndIn(Bytes datagram) {
    constexpr std::size_t kEndSize = sizeof(MessageHeader) + sizeof(std::int32_t);
    if (datagram.size() < kEndSize) return Failed("a datagram is too short");
    const auto first = netlink::Load<MessageHeader>(datagram.data());
    if (IsEnd(first)) return JudgeEnd(first, datagram.data());
    const std::uint8_t* tail = datagram.data() + datagram.size() - kEndSize;
    const auto last = netlink::Load<MessageHeader>(tail);
    if (IsEnd(last) && last.length == kEndSize) return JudgeEnd(last, tail);
    return std::nullopt;
  }

  bool IsEnd(const MessageHeader& header) const {
    const bool ends = header.type == netlink::kMessageDone || header.type == netlink::kMessageError;
    return ends && header.sequence == sequence_;
  }

  static bool JudgeEnd(const MessageHeader& header, const std::uint8_t* message) {
    const auto error = netlink::Load<std::int32_t>(message + sizeof header);
    if (header.type == netlink::kMessageDone && error >= 0) return true;
    errno = -error;
    return Failed("dump");
  }

  static bool Failed(const char* what) {
    std::perror(what);
    return false;
  }

  netlink::UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::uint8_t> memory_;
  std::array<iovec, kBuffers> vectors_{};
  std::array<mmsghdr, kBuffers> headers_{};
};

}  // namespace

int RunDump(load::Options options) {
  const auto interval = static_cast<std::int64_t>(options.Number("every-ms", 10)) * 1'000'000;
  const int protocol = static_cast<int>(options.Number("protocol"));
  std::vector<std::vector<std::uint8_t>> requests;
  for (const std::string& text : options.List("requests")) requests.push_back(FromHex(text));
  options.RequireNoOther();
  if (requests.empty()) throw load::UsageError("--requests is missing");

  Dumper dumper(protocol);
  bool good = true;
  std::uint64_t dumps = 0;
  const BeatReport report = RunBeats(interval, [&] {
    ++dumps;
    good = std::ranges::all_of(requests, [&](auto& request) { return dumper.Ask(request); });
    return good;
  });
  std::array<char, 48> more{};
  std::snprintf(more.data(), more.size(), ",\"bytesPerScan\":%" PRIu64,
                dumper.bytes() / std::max<std::uint64_t>(dumps, 1));
  PrintReport(report, more.data());
  return good ? 0 : 1;
}

}  // namespace bench
