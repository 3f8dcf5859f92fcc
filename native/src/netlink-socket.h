#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "failure.h"
#include "util/fd.h"
#include "wire.h"

namespace netlink {

/** A bound socket. Tests put the end of a socket pair in its place. */
struct Channel {
  UniqueFd fd;
  /** Our netlink port: answers carry it. */
  std::uint32_t port = 0;
  /** Whether datagrams count only when the kernel (port 0) sent them. */
  bool from_kernel_only = true;
};

using ChannelOpener = std::function<Result<Channel>(int protocol)>;

/** Opens and binds a netlink socket that waits at most 5 s for an answer. */
Result<Channel> OpenKernelChannel(int protocol);

/** One datagram as it was received. */
struct Datagram {
  Bytes bytes;
  bool truncated;
  bool from_kernel;
};

/** The memory for one recvmmsg: eight datagrams of 32 KiB at first, unless told otherwise. */
class ReceiveBuffers {
 public:
  ReceiveBuffers();
  ReceiveBuffers(std::size_t count, std::size_t size);

  /** Doubles each buffer, up to 1 MiB. False when they are that large already. */
  bool Grow();

  /** Makes the headers ready for the next recvmmsg, which overwrites their lengths. */
  mmsghdr* Prepare();

  /** Datagrams that one recvmmsg may bring. */
  unsigned count() const { return static_cast<unsigned>(headers_.size()); }

  /** The datagram that the last recvmmsg put at an index. */
  Datagram At(std::size_t index) const;

 private:
  std::size_t size_;
  /** Not zeroed: what no datagram has reached takes no memory, and there may be many of these. */
  std::unique_ptr<std::uint8_t[]> memory_;
  std::vector<iovec> vectors_;
  std::vector<NetlinkAddress> senders_;
  std::vector<mmsghdr> headers_;
};

/** Sends requests and receives datagrams. What is in them does not matter here. */
class NetlinkSocket {
 public:
  explicit NetlinkSocket(Channel channel) : channel_(std::move(channel)) {}

  std::optional<Failure> Send(Bytes request);

  /** Waits for datagrams and takes as many as there are. Returns their number, at least 1. */
  Result<std::size_t> Receive(ReceiveBuffers& buffers);

  /** Whether a datagram may be an answer, judged by its sender. */
  bool Accepts(const Datagram& datagram) const {
    return datagram.from_kernel || !channel_.from_kernel_only;
  }

  std::uint32_t port() const { return channel_.port; }

 private:
  Channel channel_;
};

}  // namespace netlink
