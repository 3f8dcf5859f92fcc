#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "batch-queue.h"

namespace netlink {

/**
 * Hands the poll thread's batches over to JavaScript: at once those that have something to tell,
 * and scans that have nothing together, so that they do not wake it each time. The order of each
 * source's batches stays. For the poll thread only.
 */
class Outbox {
 public:
  /** `wake` is called once for each batch that was handed over. `gather_ns`: the longest that a
   * scan waits for others; 0 to hand over each. */
  Outbox(BatchQueue& queue, std::function<void()> wake, std::int64_t gather_ns)
      : queue_(queue), wake_(std::move(wake)), gather_ns_(gather_ns) {}

  /** Hands a batch over, behind what was gathered of its source. */
  void Push(std::unique_ptr<Batch> batch);

  /** The same for a scan that began at `start`, monotonic; gathers it if it has nothing to tell and
   * the next scan of its source is due soon enough. */
  void PushScan(std::unique_ptr<Batch> batch, std::int64_t start, std::int64_t next);

  /** Hands over what was gathered of a source. */
  void Flush(std::size_t source);

 private:
  /** Scans of one source that wait for others. */
  struct Gathered {
    std::unique_ptr<Batch> batch;
    /** When the first of them began, monotonic. */
    std::int64_t since = 0;
  };

  Gathered& Of(std::size_t source);
  void HandOver(std::unique_ptr<Batch> batch);

  BatchQueue& queue_;
  const std::function<void()> wake_;
  const std::int64_t gather_ns_;
  std::vector<Gathered> gathered_;
};

}  // namespace netlink
