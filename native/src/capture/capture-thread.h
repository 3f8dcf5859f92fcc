#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "../util/read-thread.h"
#include "../util/waiting-batches.h"
#include "packet-block.h"
#include "packet-reader.h"

namespace netlink {

/** Thread that reads blocks of packets. When it is stopped, it first reads what the kernel has kept
 * so far. */
class CaptureThread final : public ReadThread {
 public:
  CaptureThread(PacketReader reader, WaitingBatches<PacketBlock>& queue, std::function<void()> wake)
      : ReadThread("packet-capture", std::move(wake)), reader_(std::move(reader)), queue_(queue) {}
  ~CaptureThread() { Halt(); }

  const PacketChannel& channel() const { return reader_.channel(); }

 private:
  int fd() const override { return reader_.fd(); }
  bool Full() const override { return queue_.Full(); }
  ReadTimes Times() const override { return {.from = read_from_, .at = count_at_}; }
  bool ReadQueued() override;
  void PushLast() override;
  void Close() override { reader_.Close(); }

  /** Pushes the next block. Returns false if no block waited. */
  bool PushNext();
  /** Pushes a block if it has something to report. */
  void Push(std::unique_ptr<PacketBlock> block);
  void PushLost();
  /** Waits until a block is closed, for a limited time. */
  void AwaitBlock() const;

  PacketReader reader_;
  WaitingBatches<PacketBlock>& queue_;
  bool failed_ = false;
  /** Times of the next read, and of the next reading of the statistics, monotonic. */
  std::int64_t read_from_ = 0;
  std::int64_t count_at_ = 0;
};

}  // namespace netlink
