#pragma once

#include <cstddef>
#include <cstdint>

#include "../netlink/group-socket.h"
#include "../netlink/netlink-socket.h"
#include "message-batch.h"

namespace netlink {

/**
 * Receives multicast messages without waiting, and counts every message that was lost.
 *
 * When its queue is full, the kernel drops each further message until the queue is empty, counts
 * it, and fails one receive with ENOBUFS. That error overtakes the queued messages, which are older
 * than the lost ones. So the reader reports a loss when the queue is empty: behind all messages
 * that were sent before it.
 */
class GroupReader {
 public:
  /** @param with_nsid true to report the namespaces of the messages */
  GroupReader(EventChannel channel, bool with_nsid);

  /** Readable when messages wait. */
  int fd() const { return channel_.fd.get(); }
  const EventGrant& grant() const { return channel_.grant; }

  /** Appends queued messages to a batch, up to about `max_bytes`. Returns true when the queue was
   * empty, and false when more may wait or the socket failed. */
  bool Read(MessageBatch& batch, std::size_t max_bytes);

  /** Closes the socket. No Read() may follow. */
  void Close() { channel_.fd = UniqueFd(); }

  /** Adds the losses since the last report to a batch. */
  void TakeLost(MessageBatch& batch);

 private:
  /** Returns whether the whole datagram fitted. */
  bool OnDatagram(const Datagram& datagram, MessageBatch& batch) const;

  EventChannel channel_;
  bool with_nsid_;
  ReceiveBuffers buffers_;
  DropCounter drops_;
  /** Overruns that were not reported yet. */
  std::uint64_t overruns_ = 0;
};

}  // namespace netlink
