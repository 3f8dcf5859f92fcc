#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../netlink/failure.h"
#include "../netlink/packed-messages.h"

namespace netlink {

/** Multicast messages in the order of their arrival, and what was lost after them. `MessageBatch`
 * in listener-binding.ts. */
struct MessageBatch {
  PackedMessages messages;
  /** For each message, the id of the namespace that sent it. Empty if only the socket's own
   * namespace is received. */
  std::vector<std::int32_t> nsids;
  /** For each receive, CLOCK_REALTIME just after it. */
  std::vector<std::uint64_t> received_ns;
  /** For each receive, the number of messages in this batch up to its end. */
  std::vector<std::uint32_t> receive_ends;
  /** Number of ENOBUFS errors: the kernel's queue was full, and messages were dropped. */
  std::uint64_t overruns = 0;
  /** Messages that the kernel dropped, by its own counter. */
  std::uint64_t lost = 0;
  /** Messages that did not fit the receive buffer of one datagram, or had no valid frame. */
  std::uint64_t broken = 0;
  /** Messages that another program sent. */
  std::uint64_t unrelated = 0;
  /** Set when the socket can no longer be used. */
  std::optional<Failure> failure;

  std::size_t count() const { return messages.spans.size() / 2; }

  /** True when there is anything to report. */
  bool Any() const {
    return count() > 0 || overruns > 0 || lost > 0 || broken > 0 || unrelated > 0 ||
           failure.has_value();
  }

  /** Bytes that this batch holds while it waits. */
  std::size_t Weight() const {
    return sizeof(MessageBatch) + messages.data.size() +
           (messages.spans.size() + nsids.size() + receive_ends.size()) * sizeof(std::uint32_t) +
           received_ns.size() * sizeof(std::uint64_t);
  }

  /** Removes the contents and keeps the memory. */
  void Clear();
};

}  // namespace netlink
