#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "../util/bytes.h"
#include "event.h"

namespace netlink::relay {

/** Records that were taken from the queue. */
struct EventBatch {
  std::vector<std::uint8_t> data;
  std::uint32_t count = 0;
  /** Bytes of dumps among the data. */
  std::size_t dump_bytes = 0;

  void Clear();
};

/**
 * Queue of events from the relay's thread to JavaScript. Events of one turn of the loop are
 * published together. Their number is limited by that of the connections; dumps have a limit of
 * their own.
 */
class EventQueue {
 public:
  /** @param wake called on the thread when an empty queue receives events */
  EventQueue(std::function<void()> wake, std::size_t max_dump_bytes)
      : wake_(std::move(wake)), max_dump_bytes_(max_dump_bytes) {}

  /** Adds a record, with `tail` behind it. The header's size and kind are filled in. Thread only.
   */
  template <typename Event>
  void Add(EventKind kind, Event event, Bytes tail = {}, Bytes more = {}) {
    event.header.kind = kind;
    const bool waits =
        kind == EventKind::kConnected || kind == EventKind::kEnded || kind == EventKind::kDump;
    urgent_ = urgent_ || !waits;
    event.header.size = SizeOf(sizeof(event) + tail.size() + more.size());
    Append({reinterpret_cast<const std::uint8_t*>(&event), sizeof(event)}, tail, more,
           event.header.size);
  }

  /** Returns whether so many bytes of a dump may be added now. Thread only. */
  bool HasDumpRoom(std::size_t bytes) const { return dump_bytes_ + bytes <= max_dump_bytes_; }
  void AddDump(DumpEvent event, Bytes bytes);

  /** True when an added event needs an answer of JavaScript, or reports that one was carried out.
   * Thread only. */
  bool urgent() const { return urgent_; }
  bool empty() const { return fresh_.count == 0; }

  /** Makes the added events visible, and wakes JavaScript if it does not know of others. Thread
   * only. */
  void Publish();

  /** Takes all published events into an empty batch. Returns false without any. */
  bool Take(EventBatch& batch);

 private:
  /** Records are aligned to 8 bytes. */
  static std::uint32_t SizeOf(std::size_t bytes) {
    return static_cast<std::uint32_t>((bytes + 7) & ~std::size_t{7});
  }
  void Append(Bytes record, Bytes tail, Bytes more, std::size_t size);

  const std::function<void()> wake_;
  const std::size_t max_dump_bytes_;
  /** Events that were not published yet. */
  EventBatch fresh_;
  bool urgent_ = false;
  /** Bytes of dumps that JavaScript has not taken. */
  std::atomic<std::size_t> dump_bytes_ = 0;
  std::mutex mutex_;
  EventBatch published_;
};

}  // namespace netlink::relay
