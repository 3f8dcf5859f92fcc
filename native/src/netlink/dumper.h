#pragma once

#include <algorithm>
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

/** Requests of a dump, and the message types that are data. `DumpRequest` in binding.ts. */
struct DumpSpec {
  int protocol = 0;
  std::vector<std::vector<Request>> query_methods;
  std::vector<std::uint16_t> data_types;
  std::optional<int> empty_errno;
  /** Network namespace in which its sockets are opened. */
  NamespacePointer place;
};

/** Result of a dump. */
struct DumpReport {
  std::size_t query_method = 0;
  std::optional<Failure> failure;
  Counts counts;
  /** Duration of each request and its answer, in monotonic nanoseconds. */
  std::vector<std::int64_t> request_ns;
  /** True when the receive buffers grew after a truncated message: another try may succeed. */
  bool buffers_grown = false;
};

/**
 * Repeats a dump over one socket, and finds the query method that the kernel supports. After a
 * failed dump the socket is closed, so that late messages of that dump cannot reach the next one.
 */
class Dumper {
 public:
  Dumper(DumpSpec spec, ChannelOpener opener)
      : spec_(std::move(spec)), opener_(std::move(opener)) {}

  /** Replaces the query methods, between two dumps, by ones that fit; the method that worked stays
   * chosen. */
  void Replace(std::vector<std::vector<Request>> query_methods) {
    spec_.query_methods = std::move(query_methods);
  }

  /** True if there are as many query methods, with as many requests each. */
  bool Fits(const std::vector<std::vector<Request>>& query_methods) const {
    return std::ranges::equal(query_methods, spec_.query_methods, {}, &std::vector<Request>::size,
                              &std::vector<Request>::size);
  }

  /** Makes one dump. Gives up between two receives when `abandoned` becomes true. */
  DumpReport Run(MessageSink& sink, const std::atomic<bool>& abandoned);

 private:
  std::optional<Failure> RunMethod(std::size_t query_method, MessageSink& sink,
                                   const std::atomic<bool>& abandoned, DumpReport& report);
  std::optional<Failure> Ask(Request& request, MessageSink& sink,
                             const std::atomic<bool>& abandoned, Counts& counts);
  std::optional<Failure> Open();

  DumpSpec spec_;
  ChannelOpener opener_;
  ReceiveBuffers buffers_;
  std::optional<NetlinkSocket> socket_;
  std::uint32_t sequence_ = 0;
  /** The first query method that worked. From then on no other is tried. */
  std::optional<std::size_t> chosen_;
};

}  // namespace netlink
