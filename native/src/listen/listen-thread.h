#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

#include "../util/fd.h"
#include "../util/haltable.h"
#include "group-reader.h"
#include "message-queue.h"

namespace netlink {

/** Settings of a listener's thread. */
struct ListenSpec {
  /** Size in bytes from which a batch is complete. */
  std::size_t batch_bytes = 0;
  /** Minimum time between two reads, so that a burst does not become many batches. */
  std::int64_t gather_ns = 0;
};

/**
 * Thread that reads multicast messages. While the queue is full or the thread is paused, messages
 * stay in the kernel's queue, which drops and counts what does not fit: there is one place of loss,
 * and one count.
 */
class ListenThread final : public Haltable {
 public:
  /** @param wake called on the thread, once per batch and once more when the thread ends */
  ListenThread(GroupReader reader, MessageQueue& queue, std::function<void()> wake,
               const ListenSpec& spec)
      : reader_(std::move(reader)), queue_(queue), wake_(std::move(wake)), spec_(spec) {}
  ~ListenThread() { Halt(); }
  ListenThread(const ListenThread&) = delete;
  ListenThread& operator=(const ListenThread&) = delete;

  /** Starts the thread. Throws std::system_error when the system has no thread or descriptor left.
   */
  void Start();

  /** Stops reading, or goes on. */
  void Pause(bool paused);

  /** Reports that the queue has room again. */
  void Resume();

  /** Asks the thread to end. Does not wait. Messages that were not read are discarded; losses that
   * were not reported yet are. */
  void Stop();

  /** Ends the thread and waits for its end. Queued batches will not be delivered. */
  void Halt() override;

  /** Waits for the end of the thread, after Stop() or Halt(), and closes its files. */
  void Join();

  /** True after the thread has pushed its last batch. */
  bool ended() const { return ended_; }

  /** True after Halt(). */
  bool halted() const { return halted_; }

  const EventGrant& grant() const { return reader_.grant(); }

 private:
  void Run();
  void Interrupt();
  /** Waits until messages can be read, or an interrupt. Returns whether to read. */
  bool Wait();
  /** Reads queued messages. Returns false when the socket failed. */
  bool ReadQueued();

  GroupReader reader_;
  MessageQueue& queue_;
  const std::function<void()> wake_;
  const ListenSpec spec_;
  UniqueFd interrupt_;
  /** Time of the next read, monotonic. */
  std::int64_t read_from_ = 0;
  /** True while the thread waits for room in the queue. */
  std::atomic<bool> blocked_ = false;
  std::atomic<bool> paused_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> halted_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace netlink
