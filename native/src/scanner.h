#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "batch.h"
#include "dumper.h"
#include "mask.h"
#include "table.h"

namespace netlink {

/** A header byte whose values are counted. */
struct TallySpec {
  std::size_t offset;
  std::vector<std::uint8_t> values;
};

/** One thing that is scanned on a beat. `SourceOptions` in binding.ts. */
struct SourceSpec {
  DumpSpec dump;
  MessageShape shape;
  std::int64_t interval_ns = 0;
  std::optional<TallySpec> tally;
};

/** Scans one source: compares every message with the last one of its key, and finds the keys that
 * are gone. */
class Scanner : private MessageSink {
 public:
  Scanner(SourceSpec spec, ChannelOpener opener);

  /** One scan that begins now, at `start` on the monotonic clock, into an empty batch. For the poll
   * thread only. */
  void Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned);

  /** A copy of the last bytes of a key. Any thread may ask, and waits for one receive's messages at
   * most. */
  std::optional<std::vector<std::uint8_t>> Latest(std::uint64_t key) const;
  std::size_t Size() const;

  std::int64_t interval_ns() const { return interval_ns_; }

 private:
  void BeginBatch() override { table_lock_.lock(); }
  void EndBatch() override { table_lock_.unlock(); }
  Verdict OnMessage(Bytes message) override;
  void Tally(Bytes message);

  const std::int64_t interval_ns_;
  const std::optional<TallySpec> tally_;
  Dumper dumper_;
  Comparer comparer_;

  mutable std::mutex table_mutex_;
  std::unique_lock<std::mutex> table_lock_;
  Table table_;

  // Of the scan that runs.
  Batch* batch_ = nullptr;
  std::uint64_t stamp_ = 0;
  std::size_t distinct_ = 0;
  std::int64_t previous_start_ = 0;
};

}  // namespace netlink
