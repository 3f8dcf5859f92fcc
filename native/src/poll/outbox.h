#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "batch-queue.h"

namespace netlink {

/**
 * Delivers the poll thread's batches to JavaScript. Batches with new or ended keys or with errors
 * are delivered at once. Scans with at most changes are gathered, because waking JavaScript costs
 * as much as ten changes. Scans without changes become one batch. The order of a source's batches
 * is kept. For the poll thread only.
 */
class Outbox {
 public:
  /**
   * @param wake called when batches have been delivered
   * @param gather_ns the longest time that a scan waits for others; 0: each is delivered at once
   */
  Outbox(BatchQueue& queue, std::function<void()> wake, std::int64_t gather_ns)
      : queue_(queue), wake_(std::move(wake)), gather_ns_(gather_ns) {}

  /** Delivers a batch, after the gathered batches of its source. */
  void Push(std::unique_ptr<Batch> batch);

  /** Delivers the batch of a scan that began at `start` (monotonic), or gathers it if it is not
   * urgent and the next scan of its source is due soon enough. */
  void PushScan(std::unique_ptr<Batch> batch, std::int64_t start, std::int64_t next);

  /** Delivers the gathered batches of a source. */
  void Flush(std::size_t source);

 private:
  /** Gathered scans of one source. */
  struct Gathered {
    std::vector<std::unique_ptr<Batch>> batches;
    /** Start of the first gathered scan, monotonic. */
    std::int64_t since = 0;
    std::size_t scans = 0;
    std::size_t bytes = 0;

    bool Full() const;
  };

  Gathered& Of(std::size_t source);
  void Gather(Gathered& gathered, std::unique_ptr<Batch> batch);

  BatchQueue& queue_;
  const std::function<void()> wake_;
  const std::int64_t gather_ns_;
  std::vector<Gathered> gathered_;
};

}  // namespace netlink
