#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "../table/scanner.h"
#include "../util/fd.h"
#include "../util/haltable.h"
#include "batch-queue.h"
#include "beat.h"
#include "idle-pace.h"
#include "outbox.h"
#include "pacer.h"
#include "precedence.h"
#include "source-changes.h"

namespace netlink {

/** Settings of a poll thread, for all its sources. */
struct PollSpec {
  /** CPU time per real time that scans may use: 1 for one full core, 0 for no limit. */
  double cpu_budget = 0;
  /** The longest time that scans without news wait for others of their source; 0: not at all. */
  std::int64_t gather_ns = 0;
};

/** Thread that scans on the beat, and delivers destroy events between two beats. Waits only for its
 * deadlines and for the kernel. */
class PollThread final : public Haltable {
 public:
  /** @param wake called on the thread, once per delivery and once more when the thread ends */
  PollThread(std::vector<std::unique_ptr<Scanner>> scanners, BatchQueue& queue,
             std::function<void()> wake, const PollSpec& spec = {});
  ~PollThread() { Halt(); }
  PollThread(const PollThread&) = delete;
  PollThread& operator=(const PollThread&) = delete;

  /** Starts the thread, which scans at once. Returns a failure if required destroy events are
   * unavailable. Throws std::system_error when the system has no thread or descriptor left. */
  std::optional<Failure> Start();

  /** Adds a source. If the thread runs, subscribes to its destroy events and scans at once, with an
   * offset to other sources. Returns the lowest free number, or a failure if required destroy
   * events are unavailable. */
  Result<std::size_t> Add(std::unique_ptr<Scanner> scanner);

  /** Ends a source. A last batch, with `removed` set, reports it. */
  void Remove(std::size_t source);

  /** Frees a removed source's number, after the batch with `removed` was delivered. */
  void Forget(std::size_t source) { known_[source] = nullptr; }

  /** Scans only every `stride`th beat of each source, and counts the others. 1: scans all beats. */
  void SetStride(unsigned stride) { stride_ = stride; }

  /** Asks the thread to scan each source once more and to end. Does not wait. */
  void Stop();

  /** Ends the thread without last scans, if necessary during a dump, and waits for its end. */
  void Halt() override;

  /** Waits for the end of the thread, after Stop() or Halt(). */
  void Join();

  /** True after the thread has pushed its last batch. */
  bool ended() const { return ended_; }

  /** True after Halt(): queued batches will not be delivered. */
  bool halted() const { return halted_; }

  /** Sources by number; null for a free number. Only for the thread that adds and forgets them. */
  const std::vector<std::shared_ptr<Scanner>>& scanners() const { return known_; }

 private:
  void Run();
  void Interrupt();
  void ApplyChanges();
  void Begin(std::size_t source, std::shared_ptr<Scanner> scanner);
  void End(std::size_t source);
  void WaitUntil(std::int64_t deadline, std::int64_t now);
  std::size_t Earliest() const;
  void TakeEvents(std::size_t source);
  void OnOverrun(std::size_t source);
  void Rescan(std::size_t source, std::int64_t now);
  void OnBeat(std::size_t source, std::int64_t now);
  void Scan(std::size_t source, std::int64_t start, std::int64_t late_ns);
  void Pace(std::size_t source, std::int64_t start);
  void Measure(std::size_t source, std::int64_t duration_ns);
  /** Returns the time from one scan of a source to the next, if none is skipped. */
  std::int64_t Stretched(std::size_t source) const;
  std::int64_t EffectiveInterval(std::size_t source) const;

  std::vector<std::shared_ptr<Scanner>> known_;
  SourceChanges changes_;
  // Used by the thread only, by source number. A free number has no scanner and no deadline.
  std::vector<std::shared_ptr<Scanner>> scanners_;
  BatchQueue& queue_;
  std::function<void()> wake_;
  Outbox outbox_;
  Pacer pacer_;
  Precedence precedence_;
  const bool has_budget_;
  /** CPU time of this thread at its last report to the pacer. */
  std::int64_t cpu_ns_ = 0;
  std::vector<Beat> beats_;
  std::vector<IdlePace> paces_;
  /** Beats of each source since its last scan. */
  std::vector<unsigned> turns_;
  /** Time of the next read of destroy events, monotonic. The delay puts many of them in one batch.
   */
  std::int64_t events_from_ = 0;
  /** Time of the next extra scan of each source, monotonic. */
  std::vector<std::int64_t> rescan_at_;
  /** Number of extra scans still to make for each source. */
  std::vector<unsigned> rescans_;
  std::int64_t last_rescan_ = 0;
  std::vector<pollfd> waits_;
  UniqueFd interrupt_;
  std::atomic<unsigned> stride_ = 1;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> halted_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace netlink
