#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "failure.h"
#include "wire.h"

namespace netlink {

/** Messages one after the other at 8-byte alignment, and where each lies. */
struct PackedMessages {
  std::vector<std::uint8_t> data;
  /** Pairs (offset, length) into `data`. */
  std::vector<std::uint32_t> spans;
  /** Bytes after which no message is added: offsets are 32 bits wide, and one array in JavaScript
   * holds them all. */
  std::size_t limit = std::size_t{1} << 30;

  void Append(Bytes message) {
    spans.push_back(static_cast<std::uint32_t>(data.size()));
    spans.push_back(static_cast<std::uint32_t>(message.size()));
    data.insert(data.end(), message.begin(), message.end());
    data.resize((data.size() + 7) & ~std::size_t{7});
  }

  bool HasRoom() const { return data.size() < limit; }
};

/** Keys whose end was told. `EndedKeys` in binding.ts. */
struct EndedKeys {
  /** Alternately an event, and the last bytes of its key, which are empty when there are none. */
  PackedMessages messages;
  /** For each of them the scan that saw its key last, or 0. */
  std::vector<std::uint32_t> last_scans;
  /** CLOCK_REALTIME just after the last of them was received. */
  std::uint64_t taken_ns = 0;
  std::uint64_t overruns = 0;
  std::uint64_t lost = 0;
  std::uint64_t discarded = 0;
  std::optional<Failure> failure;

  /** Whether ends may have gone by unheard: while its queue is congested the kernel drops some more
   * without saying ENOBUFS again, and what waits in a socket that broke goes with it. */
  bool Missed() const { return overruns > 0 || lost > 0 || failure.has_value(); }

  /** Whether there is anything to tell. */
  bool Any() const {
    return !messages.spans.empty() || overruns > 0 || lost > 0 || discarded > 0 || failure;
  }
};

/** Scans that found nothing to tell, one behind the other. `QuietBatch` in binding.ts. */
struct QuietScans {
  /** Number of the first; the others follow it. */
  std::uint64_t first = 0;
  std::size_t count = 0;
  std::size_t way = 0;
  std::size_t requests = 0;
  /** Start and end of each, CLOCK_REALTIME. */
  std::vector<std::uint64_t> times_ns;
  /** The other figures of each, as binding.ts orders them. */
  std::vector<double> figures;
  std::vector<std::uint32_t> tally;
};

/** What one scan found, what several did that had nothing to tell, what was heard between two, or
 * the last of a source. `Batch`, `QuietBatch`, `EndsBatch` and `RemovedBatch` in binding.ts say
 * what each field means. */
struct Batch {
  /** Whether a scan was made. */
  bool scanned = false;
  /** Whether the source was removed: all its keys are gone. */
  bool removed = false;
  /** Of a batch that is neither a scan's nor of such scans only `source` and `ended` count, and
   * `gone` of the last. */
  QuietScans quiet;
  EndedKeys ended;
  std::size_t source = 0;
  std::uint64_t scan = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::int64_t duration_ns = 0;
  std::vector<std::int64_t> request_ns;
  std::int64_t interval_ns = 0;
  std::int64_t late_ns = 0;
  std::uint64_t beats_missed = 0;
  std::uint64_t beats_held = 0;
  std::uint64_t beats_slowed = 0;
  std::uint64_t beats_limited = 0;
  std::int64_t effective_interval_ns = 0;
  std::size_t way = 0;
  std::optional<Failure> failure;
  std::uint64_t seen = 0;
  std::vector<std::uint32_t> tally;
  std::uint64_t discarded = 0;
  std::uint64_t strays = 0;
  PackedMessages changed;
  /** How many of `changed` have keys that were not known before. */
  std::size_t fresh = 0;
  std::vector<std::uint64_t> gone;

  /** Scans that it tells of. */
  std::size_t scans() const { return scanned ? 1 : quiet.count; }

  /** Bytes that it holds while it waits. */
  std::size_t Weight() const {
    return sizeof(Batch) + quiet.figures.size() * sizeof(double) + changed.data.size() +
           changed.spans.size() * sizeof(std::uint32_t) + gone.size() * sizeof(std::uint64_t) +
           ended.messages.data.size() + ended.messages.spans.size() * sizeof(std::uint32_t);
  }

  /** Forgets everything but the memory. */
  void Clear();
};

}  // namespace netlink
