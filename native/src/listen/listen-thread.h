#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "../util/read-thread.h"
#include "../util/waiting-batches.h"
#include "group-reader.h"
#include "message-batch.h"

namespace netlink {

/** Settings of a listener's thread. */
struct ListenSpec {
  /** Size in bytes from which a batch is complete. */
  std::size_t batch_bytes = 0;
  /** Minimum time between two reads, so that a burst does not become many batches. */
  std::int64_t gather_ns = 0;
};

/** Thread that reads multicast messages. When it is stopped, messages that were not read are
 * discarded; losses that were not reported yet are. */
class ListenThread final : public ReadThread {
 public:
  ListenThread(GroupReader reader, WaitingBatches<MessageBatch>& queue, std::function<void()> wake,
               const ListenSpec& spec)
      : ReadThread("netlink-listen", std::move(wake)),
        reader_(std::move(reader)),
        queue_(queue),
        spec_(spec) {}
  ~ListenThread() { Halt(); }

  const EventGrant& grant() const { return reader_.grant(); }

 private:
  int fd() const override { return reader_.fd(); }
  bool Full() const override { return queue_.Full(); }
  ReadTimes Times() const override { return {.from = read_from_}; }
  bool ReadQueued() override;
  void PushLast() override;
  void Close() override { reader_.Close(); }

  GroupReader reader_;
  WaitingBatches<MessageBatch>& queue_;
  const ListenSpec spec_;
  /** Time of the next read, monotonic. */
  std::int64_t read_from_ = 0;
};

}  // namespace netlink
