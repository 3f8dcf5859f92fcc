#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "batch-queue.h"

namespace netlink {

/**
 * Hands the poll thread's batches over to JavaScript: at once those that tell of keys that came or
 * went, or of trouble. Scans that found changes at most wait for others, so that they do not wake
 * JavaScript each time: a wake costs as much as ten changes. Those without any become one batch.
 * The order of each source's batches stays. For the poll thread only.
 */
class Outbox {
 public:
  /** `wake` is called when batches have been handed over. `gather_ns`: the longest that a
   * scan waits for others; 0 to hand over each. */
  Outbox(BatchQueue& queue, std::function<void()> wake, std::int64_t gather_ns)
      : queue_(queue), wake_(std::move(wake)), gather_ns_(gather_ns) {}

  /** Hands a batch over, behind what was gathered of its source. */
  void Push(std::unique_ptr<Batch> batch);

  /** The same for a scan that began at `start`, monotonic; gathers it if nothing in it is urgent
   * and the next scan of its source is due soon enough. */
  void PushScan(std::unique_ptr<Batch> batch, std::int64_t start, std::int64_t next);

  /** Hands over what was gathered of a source. */
  void Flush(std::size_t source);

 private:
  /** Scans of one source that wait for others. */
  struct Gathered {
    /** In their order. */
    std::vector<std::unique_ptr<Batch>> batches;
    /** When the first of them began, monotonic. */
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
