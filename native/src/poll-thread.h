#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "batch-queue.h"
#include "beat.h"
#include "idle-pace.h"
#include "outbox.h"
#include "pacer.h"
#include "precedence.h"
#include "scanner.h"
#include "source-changes.h"
#include "util/fd.h"

namespace netlink {

/** How the sources of a poll thread are scanned and told of. */
struct PollSpec {
  /** CPU time per time that scans may take, 1 for all of one core; 0 for no bound. */
  double cpu_budget = 0;
  /** The longest that scans with nothing to tell wait for others of their source; 0: not at all. */
  std::int64_t gather_ns = 0;
};

/** The thread that scans on the beat, and between two beats passes on the ends that are told. It
 * waits for its deadlines and for the kernel, and for nothing else. */
class PollThread {
 public:
  /** `wake` is called on the thread, once for each batch that was pushed and once more when the
   * thread ends. */
  PollThread(std::vector<std::unique_ptr<Scanner>> scanners, BatchQueue& queue,
             std::function<void()> wake, const PollSpec& spec = {});
  ~PollThread() { Halt(); }
  PollThread(const PollThread&) = delete;
  PollThread& operator=(const PollThread&) = delete;

  /** Begins; the first scans are at once. Returns why not when ends that are required cannot be
   * listened for. Throws std::system_error when the system has no thread or descriptor left. */
  std::optional<Failure> Start();

  /** Adds a source, and begins to listen for its ends if the thread runs: the first scan is at
   * once, a phase apart from others'. Returns its number, the lowest that is free, or why it cannot
   * be listened for though it must. */
  Result<std::size_t> Add(std::unique_ptr<Scanner> scanner);

  /** Ends a source. A last batch that is marked as such tells of it. */
  void Remove(std::size_t source);

  /** That batch was taken: the source's number may be used again. */
  void Forget(std::size_t source) { known_[source] = nullptr; }

  /** Scans only every `stride`th beat of each source; the others are counted. 1: all of them. */
  void SetStride(unsigned stride) { stride_ = stride; }

  /** Asks for one last scan of each source and the end. Does not wait. */
  void Stop();

  /** Ends the thread without last scans, in the middle of a dump if need be, and waits for it. */
  void Halt();

  /** Waits for a thread that has ended or was told to. */
  void Join();

  /** Whether the thread has pushed its last batch. */
  bool ended() const { return ended_; }

  /** Whether Halt() was called: what is still in the queue is nobody's any more. */
  bool halted() const { return halted_; }

  /** The sources by their numbers; null where there is none. For the thread that adds and forgets
   * them. */
  const std::vector<std::shared_ptr<Scanner>>& scanners() const { return known_; }

 private:
  void Run();
  void Interrupt();
  void ApplyChanges();
  void Begin(std::size_t source, std::shared_ptr<Scanner> scanner);
  void End(std::size_t source);
  void WaitUntil(std::int64_t deadline, std::int64_t now);
  std::size_t Earliest() const;
  void TakeEnds(std::size_t source);
  void OnOverrun(std::size_t source);
  void Rescan(std::size_t source, std::int64_t now);
  void OnBeat(std::size_t source, std::int64_t now);
  void Scan(std::size_t source, std::int64_t start, std::int64_t late_ns);
  void Pace(std::size_t source, std::int64_t start);
  void Measure(std::size_t source, std::int64_t duration_ns);
  /** From one scan of a source to the next, if none is left out. */
  std::int64_t Stretched(std::size_t source) const;
  std::int64_t EffectiveInterval(std::size_t source) const;

  std::vector<std::shared_ptr<Scanner>> known_;
  SourceChanges changes_;
  // Of the thread, by source; a vacant one has no scanner, and no deadline either.
  std::vector<std::shared_ptr<Scanner>> scanners_;
  BatchQueue& queue_;
  std::function<void()> wake_;
  Outbox outbox_;
  Pacer pacer_;
  Precedence precedence_;
  const bool has_budget_;
  /** CPU time that this thread had used when it last told the pacer. */
  std::int64_t cpu_ns_ = 0;
  std::vector<Beat> beats_;
  std::vector<IdlePace> paces_;
  /** Beats of each source since the last scan. */
  std::vector<unsigned> turns_;
  /** Not looked for ends before, monotonic: many then travel in one batch. */
  std::int64_t ends_from_ = 0;
  /** When each source is scanned without waiting for its beat, monotonic. */
  std::vector<std::int64_t> rescan_at_;
  /** How many such scans are to follow, each a little after the one before. */
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
