#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "../netlink/dumper.h"
#include "../netlink/event-stream.h"
#include "batch.h"
#include "layouts.h"
#include "mask.h"
#include "message-filter.h"
#include "table.h"

namespace netlink {

/** A header byte, and the values of it that are counted. */
struct TallySpec {
  std::size_t offset;
  std::vector<std::uint8_t> values;
  /** Messages that it rejects are not counted. */
  MessageFilter filter{};
};

/** Filters of a source that runs. `SourceFilters` in binding.ts. */
struct FilterSpec {
  /** As many as before, with as many requests each. */
  std::vector<std::vector<Request>> query_methods;
  MessageFilter tally;
  std::vector<FilterInstruction> events;
};

/** Header bytes that identify messages about what is left of an ended key. `LeftoverSpec` in
 * binding.ts. */
struct LeftoverSpec {
  std::size_t offset;
  std::vector<std::uint8_t> bytes;
  /** True when the spec also applies while destroy events are unavailable. */
  bool always = false;
};

/** Options of one source, which is scanned on a beat. `SourceOptions` in binding.ts. */
struct SourceSpec {
  DumpSpec dump;
  MessageShape shape;
  std::int64_t interval_ns = 0;
  /** Time between two scans while there is no key; 0: the same as `interval_ns`. */
  std::int64_t idle_interval_ns = 0;
  std::optional<TallySpec> tally;
  std::vector<LeftoverSpec> leftovers;
  std::optional<EventSpec> destroy_events;
};

/** Scans one source: compares every message with the last one of its key, and finds the keys that
 * are gone. Also receives destroy events, if the kernel reports them. */
class Scanner : private MessageSink {
 public:
  Scanner(SourceSpec spec, ChannelOpener opener, EventOpener event_opener = OpenKernelEvents);

  /** Subscribes to destroy events, if wanted. Returns a failure if they are required and
   * unavailable. Called once, before the first scan. */
  std::optional<Failure> Listen();

  /** Descriptor that is readable when destroy events wait; -1 without a subscription. */
  int events_fd() const { return stream_ ? stream_->fd() : -1; }
  /** Result of Listen(); nothing if destroy events are not wanted. Any thread may call this. */
  const std::optional<Result<EventGrant>>& listening() const { return listening_; }

  /** Makes one scan that begins now, at `start` on the monotonic clock, into an empty batch. End
   * events received by then go into the same batch, before missing keys are searched. For the poll
   * thread only. */
  void Scan(Batch& batch, std::int64_t start, const std::atomic<bool>& abandoned);

  /** Takes queued destroy events, up to `limit` bytes. For the poll thread only. */
  void TakeEvents(DestroyedKeys& destroyed, std::size_t limit);

  /** Ends the source: puts the queued destroy events, and all other keys as gone, into an empty
   * batch. Afterwards only the const methods may be called. For the poll thread only. */
  void Leave(Batch& batch);

  /** Returns a copy of the last bytes of a key. Any thread may call this; it waits at most for the
   * messages of one receive call. */
  std::optional<std::vector<std::uint8_t>> Latest(std::uint64_t key) const;
  std::size_t Size() const;

  /** Replaces the filters, from the next scan on. Any thread may call this. */
  void SetFilters(FilterSpec filters);
  /** True if these query methods can replace those that are used. Any thread may call this. */
  bool Fits(const std::vector<std::vector<Request>>& query_methods) const {
    return dumper_.Fits(query_methods);
  }

  std::int64_t interval_ns() const { return interval_ns_; }
  std::int64_t idle_interval_ns() const { return idle_interval_ns_; }

  /** Number of complete scans, after the first one without it, before a key counts as gone. 0 if
   * destroy events are not wanted. */
  unsigned grace_scans() const { return event_spec_ ? event_spec_->grace_scans : 0; }

 private:
  void BeginBatch() override { table_lock_.lock(); }
  void EndBatch() override { table_lock_.unlock(); }
  Verdict OnMessage(Bytes message) override;
  void Compare(Entry& entry, Bytes message);
  void Tally(Bytes message);
  bool IsTallied(Bytes message) const { return !tally_ || tally_->filter.Accepts(message); }
  void TakeFilters();
  bool IsLeftover(Bytes message) const;
  /** True when subscribed to destroy events, also between a failure of the socket and the next
   * scan. */
  bool listens() const { return event_spec_ && !deaf_; }
  std::uint64_t KeyOf(Bytes message) const;
  Verdict OnEvent(Bytes message, DestroyedKeys& destroyed);
  std::optional<Failure> OpenStream();

  /** Sink for the messages of one drain. */
  class EventSink : public MessageSink {
   public:
    EventSink(Scanner& scanner, DestroyedKeys& destroyed)
        : scanner_(scanner), destroyed_(destroyed) {}
    void BeginBatch() override { scanner_.table_lock_.lock(); }
    void EndBatch() override { scanner_.table_lock_.unlock(); }
    Verdict OnMessage(Bytes message) override { return scanner_.OnEvent(message, destroyed_); }

   private:
    Scanner& scanner_;
    DestroyedKeys& destroyed_;
  };

  const std::int64_t interval_ns_;
  const std::int64_t idle_interval_ns_;
  const int protocol_;
  std::optional<TallySpec> tally_;
  const std::vector<LeftoverSpec> leftovers_;
  std::optional<EventSpec> event_spec_;
  std::mutex filters_mutex_;
  /** Filters for the next scan. */
  std::optional<FilterSpec> filters_;
  EventOpener event_opener_;
  Dumper dumper_;
  Layouts layouts_;
  Comparer comparer_;

  mutable std::mutex table_mutex_;
  std::unique_lock<std::mutex> table_lock_;
  Table table_;

  std::optional<EventStream> stream_;
  /** True when the first subscription failed: it is not tried again. */
  bool deaf_ = false;
  /** Set before the poll thread runs, and not changed later. */
  std::optional<Result<EventGrant>> listening_;

  // State of the current scan.
  Batch* batch_ = nullptr;
  std::uint64_t stamp_ = 0;
  std::size_t distinct_ = 0;
  std::int64_t previous_start_ = 0;
};

}  // namespace netlink
