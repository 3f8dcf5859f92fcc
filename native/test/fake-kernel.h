#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "../src/netlink/netlink-socket.h"
#include "messages.h"

namespace netlink::test {

/** A received request, with methods to answer it. */
class Inquiry {
 public:
  Inquiry(int fd, std::uint32_t port, MessageHeader header)
      : fd_(fd), port_(port), header_(header) {}

  std::uint16_t type() const { return header_.type; }
  std::uint16_t flags() const { return header_.flags; }
  std::uint32_t sequence() const { return header_.sequence; }

  /** Sends these messages in one datagram. */
  void Send(std::initializer_list<Buffer> messages) const;
  void SendRaw(const Buffer& datagram) const;

  Buffer Data(std::uint64_t key, const Buffer& attributes = {}, std::uint16_t flags = 2) const;
  Buffer Of(std::uint16_t type, const Buffer& payload, std::uint16_t flags = 2) const;
  Buffer Done(std::int32_t error = 0) const { return Of(kMessageDone, BytesOf(error)); }
  Buffer Error(std::int32_t error) const;

 private:
  int fd_;
  std::uint32_t port_;
  MessageHeader header_;
};

/**
 * The kernel's end of a socket pair. A thread answers each message with the current script. Every
 * opened channel is a new pair, like a new netlink socket.
 */
class FakeKernel {
 public:
  using Script = std::function<void(const Inquiry&)>;
  static constexpr std::uint32_t kPort = 4711;

  explicit FakeKernel(Script script = {}) : script_(std::move(script)) {}
  ~FakeKernel();

  void Answer(Script script);
  ChannelOpener Opener();
  /** Number of opened channels. */
  int opened() const { return opened_; }
  /** Number of received datagrams. */
  int datagrams() const { return datagrams_; }

 private:
  void Serve(int fd);

  std::mutex mutex_;
  Script script_;
  std::atomic<int> opened_ = 0;
  std::atomic<int> datagrams_ = 0;
  std::vector<UniqueFd> event_spec_;
  std::vector<std::thread> threads_;
};

}  // namespace netlink::test
