#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "../table/layouts.h"
#include "../table/mask.h"
#include "../table/scanner.h"
#include "../util/read-thread.h"
#include "exact-reader.h"
#include "watch-batch.h"

namespace netlink {

/** Options of a watch thread. `WatcherOptions` in watch-binding.ts. */
struct WatchSpec {
  int protocol = 0;
  std::vector<std::uint16_t> data_types;
  MessageShape shape;
  std::vector<LeftoverSpec> leftovers;
  /** Longest time that a change waits for others before it is delivered. */
  std::int64_t gather_ns = 0;
  std::size_t max_pending_bytes = 0;
};

/** Object that is read again and again. */
struct WatchedKey {
  std::uint32_t number = 0;
  std::size_t source = 0;
  std::uint64_t key = 0;
  std::int64_t interval_ns = 0;
  /** A whole message with NLM_F_REQUEST, and no other flag. */
  std::vector<std::uint8_t> request;
};

/**
 * Thread that reads single objects, each at an interval of its own, and compares each answer with
 * the last one of its object. Deadlines are whole multiples of the interval on the monotonic clock,
 * so that all objects with equal intervals are due together: one datagram asks for all.
 */
class WatchThread final : public ReadThread {
 public:
  /** @param wake called on the thread when something is to be delivered, and when it ends */
  WatchThread(WatchSpec spec, std::function<void()> wake);
  ~WatchThread() { Halt(); }

  /** Adds a place from which objects are read, and opens its socket. */
  std::optional<Failure> AddSource(std::size_t source, ChannelOpener opener);
  void RemoveSource(std::size_t source);
  /** Begins to read an object, at its next deadline. */
  void Add(WatchedKey key);
  void Remove(std::uint32_t number);

  /** Moves what was read into an empty batch. Returns whether there is anything to report. */
  bool Take(WatchBatch& batch);

 private:
  struct Source {
    explicit Source(ExactReader made) : reader(std::move(made)) {}
    ExactReader reader;
    /** Time of the next try after a failure of the socket, monotonic. */
    std::int64_t retry_at = 0;
  };
  struct Watched {
    WatchedKey spec;
    std::int64_t deadline = 0;
    /** Last good answer. */
    std::vector<std::uint8_t> last = {};
    LayoutId layout = kNoLayout;
    std::uint64_t good_ns = 0;
    std::int64_t good_at = 0;
    bool lost = false;
  };

  int fd() const override { return -1; }
  bool Full() const override;
  ReadTimes Times() const override;
  bool ReadQueued() override;
  void PushLast() override {}
  void Close() override;

  void CollectDue(std::size_t source, std::int64_t now);
  void ReadDue(Source& source);
  void OnAnswer(Watched& watched, const ExactAnswer& answer);
  bool IsGood(const Watched& watched, Bytes message) const;
  bool IsLeftover(Bytes message) const;
  void OnGood(Watched& watched, Bytes message);
  void OnBad(Watched& watched);
  void Append(const Watched& watched, Bytes message, std::uint64_t time_ns);
  bool IsDeliveryDue(std::int64_t now) const;

  const WatchSpec spec_;
  Layouts layouts_;
  Comparer comparer_;
  /** Guards everything below, but for what is noted as the thread's. */
  mutable std::mutex mutex_;
  std::map<std::size_t, Source> sources_;
  std::map<std::uint32_t, Watched> watched_;
  WatchBatch batch_;
  /** Times of the oldest change, and of the last delivery. */
  std::int64_t since_ = 0;
  std::int64_t delivered_at_ = 0;
  /** True from a call of Wake() until Take(). */
  bool waking_ = false;
  // Of the thread, for one tick.
  std::vector<Watched*> due_;
  std::vector<Bytes> requests_;
  std::uint64_t received_ns_ = 0;
  std::int64_t received_at_ = 0;
  bool prepared_ = false;
};

}  // namespace netlink
