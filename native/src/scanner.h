#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "batch.h"
#include "dumper.h"
#include "event-stream.h"
#include "layouts.h"
#include "mask.h"
#include "table.h"

namespace netlink {

/** A header byte whose values are counted. */
struct TallySpec {
  std::size_t offset;
  std::vector<std::uint8_t> values;
};

/** Bytes of the header that messages of the remains of a key have. `RemnantSpec` in binding.ts. */
struct RemnantSpec {
  std::size_t offset;
  std::vector<std::uint8_t> bytes;
  /** Also while ends are not listened for. */
  bool always = false;
};

/** One thing that is scanned on a beat. `SourceOptions` in binding.ts. */
struct SourceSpec {
  DumpSpec dump;
  MessageShape shape;
  std::int64_t interval_ns = 0;
  /** The time between two scans while there is no key; 0: the same. */
  std::int64_t idle_interval_ns = 0;
  std::optional<TallySpec> tally;
  std::vector<RemnantSpec> remnants;
  std::optional<EventSpec> ends;
};

/** Scans one source: compares every message with the last one of its key, and finds the keys that
 * are gone. Where the kernel tells of the end of keys, it listens too. */
class Scanner : private MessageSink {
 public:
  Scanner(SourceSpec spec, ChannelOpener opener, EventOpener event_opener = OpenKernelEvents);

  /** Begins to listen for ends, if that is wanted. Returns why not when it must and cannot. Called
   * once, before the first scan. */
  std::optional<Failure> Listen();

  /** Readable when ends wait; -1 when nobody listens. */
  int ends_fd() const { return stream_ ? stream_->fd() : -1; }
  /** How Listen() went; nothing when it was not asked to. Any thread may ask. */
  const std::optional<Result<EventGrant>>& listening() const { return listening_; }

  /** One scan that begins now, at `start` on the monotonic clock, into an empty batch. Ends that
   * were told by then go into the same batch, before absence is judged. For the poll thread only.
   */
  void Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned);

  /** Takes ends that wait, until there are `limit` bytes of them. For the poll thread only. */
  void TakeEnds(EndedKeys& ended, std::size_t limit);

  /** The source goes: the ends that wait, and every other key as gone, into an empty batch. Nothing
   * but what asks is to be called after. For the poll thread only. */
  void Leave(Batch& batch);

  /** A copy of the last bytes of a key. Any thread may ask, and waits for one receive's messages at
   * most. */
  std::optional<std::vector<std::uint8_t>> Latest(std::uint64_t key) const;
  std::size_t Size() const;

  std::int64_t interval_ns() const { return interval_ns_; }
  std::int64_t idle_interval_ns() const { return idle_interval_ns_; }

  /** Complete scans that a key may be absent from, after the first, while ends are listened for. */
  unsigned grace_scans() const { return ends_ ? ends_->grace_scans : 0; }

 private:
  void BeginBatch() override { table_lock_.lock(); }
  void EndBatch() override { table_lock_.unlock(); }
  Verdict OnMessage(Bytes message) override;
  void Compare(Entry& entry, Bytes message);
  void Tally(Bytes message);
  bool IsRemnant(Bytes message) const;
  /** Whether ends are told, but for the moments between a stream's break and the next scan. */
  bool listens() const { return ends_ && !deaf_; }
  std::uint64_t KeyOf(Bytes message) const;
  Verdict OnEnd(Bytes message, EndedKeys& ended);
  std::optional<Failure> OpenStream();

  /** Takes the messages of one drain. */
  class EndSink : public MessageSink {
   public:
    EndSink(Scanner& scanner, EndedKeys& ended) : scanner_(scanner), ended_(ended) {}
    void BeginBatch() override { scanner_.table_lock_.lock(); }
    void EndBatch() override { scanner_.table_lock_.unlock(); }
    Verdict OnMessage(Bytes message) override { return scanner_.OnEnd(message, ended_); }

   private:
    Scanner& scanner_;
    EndedKeys& ended_;
  };

  const std::int64_t interval_ns_;
  const std::int64_t idle_interval_ns_;
  const int protocol_;
  const std::optional<TallySpec> tally_;
  const std::vector<RemnantSpec> remnants_;
  const std::optional<EventSpec> ends_;
  EventOpener event_opener_;
  Dumper dumper_;
  Layouts layouts_;
  Comparer comparer_;

  mutable std::mutex table_mutex_;
  std::unique_lock<std::mutex> table_lock_;
  Table table_;

  std::optional<EventStream> stream_;
  /** Whether listening could not begin: there is no use in trying again. */
  bool deaf_ = false;
  /** Set before the poll thread runs, and not changed after. */
  std::optional<Result<EventGrant>> listening_;

  // Of the scan that runs.
  Batch* batch_ = nullptr;
  std::uint64_t stamp_ = 0;
  std::size_t distinct_ = 0;
  std::int64_t previous_start_ = 0;
};

}  // namespace netlink
