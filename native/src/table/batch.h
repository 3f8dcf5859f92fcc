#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../netlink/failure.h"
#include "../netlink/packed-messages.h"
#include "../netlink/wire.h"

namespace netlink {

/** Keys whose end the kernel reported. `DestroyedKeys` in binding.ts. */
struct DestroyedKeys {
  /** Two messages per key: the event, then the last bytes of the key (empty if unknown). */
  PackedMessages messages;
  /** For each event, the last scan that saw its key, or 0. */
  std::vector<std::uint32_t> last_scans;
  /** CLOCK_REALTIME just after the last event was received. */
  std::uint64_t taken_ns = 0;
  std::uint64_t overruns = 0;
  std::uint64_t lost = 0;
  std::uint64_t discarded = 0;
  std::optional<Failure> failure;

  /** True when events may be missing. A congested kernel queue drops further events without another
   * ENOBUFS, and a socket that failed loses the events in its queue. */
  bool Missed() const { return overruns > 0 || lost > 0 || failure.has_value(); }

  /** True when there is anything to report. */
  bool Any() const {
    return !messages.spans.empty() || overruns > 0 || lost > 0 || discarded > 0 || failure;
  }
};

/** Figures of one quiet scan: the values of `QUIET_FIGURES` in binding.ts, in this order. */
struct QuietFigures {
  double duration_ns;
  double interval_ns;
  double late_ns;
  double effective_interval_ns;
  double beats_missed;
  double beats_held;
  double beats_slowed;
  double beats_limited;
  double seen;
};

inline constexpr std::size_t kQuietFigures = 9;
static_assert(sizeof(QuietFigures) == kQuietFigures * sizeof(double));

/** Consecutive scans that found nothing to report. `QuietBatch` in binding.ts. */
struct QuietScans {
  /** Number of the first scan; the others follow it. */
  std::uint64_t first = 0;
  std::size_t count = 0;
  std::size_t query_method = 0;
  std::size_t requests = 0;
  /** Start and end of each scan, CLOCK_REALTIME. */
  std::vector<std::uint64_t> times_ns;
  /** For each scan, its QuietFigures and then the duration of each request. */
  std::vector<double> figures;
  std::vector<std::uint32_t> tally;
};

/** Result of one scan, of several quiet scans, of destroy events between two scans, or of the
 * removal of a source. The fields are documented at `Batch`, `QuietBatch`, `DestroyedBatch` and
 * `RemovedBatch` in binding.ts. */
struct Batch {
  /** True when this is the result of a scan. */
  bool scanned = false;
  /** True when the source was removed: all its keys are gone. */
  bool removed = false;
  /** Quiet scans, if `count` is not 0. A batch without any scan has only `source` and `destroyed`,
   * and `gone` if the source was removed. */
  QuietScans quiet;
  DestroyedKeys destroyed;
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
  std::size_t query_method = 0;
  std::optional<Failure> failure;
  std::uint64_t seen = 0;
  std::vector<std::uint32_t> tally;
  std::uint64_t discarded = 0;
  std::uint64_t unrelated = 0;
  PackedMessages changed;
  /** Number of messages in `changed` whose keys are new. */
  std::size_t fresh = 0;
  std::vector<std::uint64_t> gone;

  /** Number of scans in this batch. */
  std::size_t scans() const { return scanned ? 1 : quiet.count; }

  /** Bytes that this batch holds while it waits. */
  std::size_t Weight() const {
    return sizeof(Batch) + quiet.figures.size() * sizeof(double) + changed.data.size() +
           changed.spans.size() * sizeof(std::uint32_t) + gone.size() * sizeof(std::uint64_t) +
           destroyed.messages.data.size() + destroyed.messages.spans.size() * sizeof(std::uint32_t);
  }

  /** Removes the contents and keeps the memory. */
  void Clear();
};

}  // namespace netlink
