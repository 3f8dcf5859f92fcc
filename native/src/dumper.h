#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "exchange.h"
#include "failure.h"
#include "netlink-socket.h"
#include "network-namespace.h"

namespace netlink {

/** One complete netlink message. */
using Request = std::vector<std::uint8_t>;

/** What to ask, and which answers are data. `DumpRequest` in binding.ts. */
struct DumpSpec {
  int protocol = 0;
  std::vector<std::vector<Request>> ways;
  std::vector<std::uint16_t> data_types;
  std::optional<int> empty_errno;
  /** Where its sockets are opened. */
  NamespacePointer place;
};

/** How a dump went. */
struct DumpReport {
  std::size_t way = 0;
  std::optional<Failure> failure;
  Counts counts;
  /** Length of each request's answer, monotonic nanoseconds. */
  std::vector<std::int64_t> request_ns;
  /** Whether a truncated message has made the receive buffers larger, so that another try may go
   * better. */
  bool buffers_grown = false;
};

/**
 * Runs a dump again and again over one socket, and finds the way that the kernel serves. The socket
 * is closed after every dump that failed: what is left in it, or of a dump that still runs in the
 * kernel, cannot reach the next one.
 */
class Dumper {
 public:
  Dumper(DumpSpec spec, ChannelOpener opener)
      : spec_(std::move(spec)), opener_(std::move(opener)) {}

  /** One dump. Gives up between two receives when `abandoned` becomes true. */
  DumpReport Run(MessageSink& sink, const std::atomic<bool>& abandoned);

 private:
  std::optional<Failure> RunWay(std::size_t way, MessageSink& sink,
                                const std::atomic<bool>& abandoned, DumpReport& report);
  std::optional<Failure> Ask(Request& request, MessageSink& sink,
                             const std::atomic<bool>& abandoned, Counts& counts);
  std::optional<Failure> Open();

  DumpSpec spec_;
  ChannelOpener opener_;
  ReceiveBuffers buffers_;
  std::optional<NetlinkSocket> socket_;
  std::uint32_t sequence_ = 0;
  /** The way that is used for good, once one has worked. */
  std::optional<std::size_t> chosen_;
};

}  // namespace netlink
