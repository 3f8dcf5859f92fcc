#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "../util/fd.h"
#include "failure.h"
#include "wire.h"

namespace netlink {

/** A bound socket. Tests use one end of a socket pair instead. */
struct Channel {
  UniqueFd fd;
  /** Own netlink port. Answers contain it. */
  std::uint32_t port = 0;
  /** True when only datagrams from the kernel (port 0) are accepted. */
  bool from_kernel_only = true;
};

using ChannelOpener = std::function<Result<Channel>(int protocol)>;

/** Opens and binds a netlink socket that waits at most 5 s for an answer. */
Result<Channel> OpenKernelChannel(int protocol);

/** Namespace id of a datagram from the socket's own network namespace. */
inline constexpr std::int32_t kOwnNamespace = -1;

/** One datagram as it was received. */
struct Datagram {
  Bytes bytes;
  bool truncated;
  bool from_kernel;
  /** Id, in the socket's namespace, of the namespace that sent it. */
  std::int32_t nsid = kOwnNamespace;
};

/** Space for one control message with a namespace id. The kernel sends no other one unasked. */
struct alignas(cmsghdr) ControlSpace {
  std::uint8_t bytes[CMSG_SPACE(sizeof(std::int32_t))];
};

/** Buffers for one recvmmsg: by default eight datagrams of 32 KiB. */
class ReceiveBuffers {
 public:
  ReceiveBuffers();
  /** @param with_nsid true to receive the namespace ids of the datagrams */
  ReceiveBuffers(std::size_t count, std::size_t size, bool with_nsid = false);

  /** Doubles each buffer, up to 1 MiB. Returns false when they have that size already. */
  bool Grow();

  /** Prepares the headers for the next recvmmsg, which overwrites their lengths. */
  mmsghdr* Prepare();

  /** Maximum number of datagrams in one recvmmsg. */
  unsigned count() const { return static_cast<unsigned>(headers_.size()); }

  /** Returns the datagram that the last recvmmsg put at an index. */
  Datagram At(std::size_t index) const;

 private:
  std::int32_t NamespaceOf(const msghdr& header) const;

  std::size_t size_;
  /** Not zeroed: unused parts then take no memory, and there may be many of these buffers. */
  std::unique_ptr<std::uint8_t[]> memory_;
  std::vector<iovec> vectors_;
  std::vector<NetlinkAddress> senders_;
  std::vector<mmsghdr> headers_;
  /** Memory of the control messages. Empty if none are received. */
  std::vector<ControlSpace> controls_;
};

/** Sends requests and receives datagrams, without parsing them. */
class NetlinkSocket {
 public:
  explicit NetlinkSocket(Channel channel) : channel_(std::move(channel)) {}

  std::optional<Failure> Send(Bytes request);

  /** Waits for datagrams and takes all that are queued. Returns their number, at least 1. */
  Result<std::size_t> Receive(ReceiveBuffers& buffers);

  /** Returns whether a datagram may be an answer, judged by its sender. */
  bool Accepts(const Datagram& datagram) const {
    return datagram.from_kernel || !channel_.from_kernel_only;
  }

  std::uint32_t port() const { return channel_.port; }

 private:
  Channel channel_;
};

}  // namespace netlink
