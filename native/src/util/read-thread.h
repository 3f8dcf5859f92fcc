#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <thread>
#include <utility>

#include "fd.h"
#include "haltable.h"

namespace netlink {

/**
 * Thread that reads what the kernel queues at a socket. While it is paused, or the batches that
 * wait for JavaScript are too many, the kernel keeps what arrives, and drops and counts what does
 * not fit: there is one place of loss, and one count. A derived class must call Halt() when
 * destroyed.
 */
class ReadThread : public Haltable {
 public:
  /** @param name of the thread, at most 15 characters
   * @param wake called on the thread, once per batch and once more when the thread ends */
  ReadThread(const char* name, std::function<void()> wake) : name_(name), wake_(std::move(wake)) {}
  ReadThread(const ReadThread&) = delete;
  ReadThread& operator=(const ReadThread&) = delete;

  /** Starts the thread. Throws std::system_error when the system has no thread or descriptor left.
   */
  void Start();

  /** Stops reading, or goes on. */
  void Pause(bool paused);

  /** Reports that the queue of batches has room again. */
  void Resume();

  /** Asks the thread to end. Does not wait. */
  void Stop();

  /** Ends the thread and waits for its end. Queued batches will not be delivered. */
  void Halt() override;

  /** Waits for the end of the thread, after Stop() or Halt(), and closes its files. */
  void Join();

  /** True after the thread has pushed its last batch. */
  bool ended() const { return ended_; }

  /** True after Halt(). */
  bool halted() const { return halted_; }

 protected:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  /** Time from which, and time at which something is read, monotonic. */
  struct ReadTimes {
    std::int64_t from = 0;
    std::int64_t at = kNever;
  };

  ~ReadThread() = default;

  /** Returns whether something may be read now. */
  bool MayRead() const { return !stopping_ && !paused_ && !Full(); }
  void Wake() const { wake_(); }
  /** Ends the wait for the next read, to look at its times again. */
  void Interrupt();

 private:
  /** Descriptor that is readable when the kernel has queued something. */
  virtual int fd() const = 0;
  /** Returns whether too many batches wait. */
  virtual bool Full() const = 0;
  virtual ReadTimes Times() const = 0;
  /** Pushes batches while MayRead(). Returns false when the socket failed. */
  virtual bool ReadQueued() = 0;
  /** Pushes what is left to report. */
  virtual void PushLast() = 0;
  /** Closes the socket. */
  virtual void Close() = 0;

  void Run();
  /** Waits until something can be read, or an interrupt. Returns whether to read. */
  bool Wait();

  const char* const name_;
  const std::function<void()> wake_;
  UniqueFd interrupt_;
  /** True while the thread waits for room in the queue of batches. */
  std::atomic<bool> blocked_ = false;
  std::atomic<bool> paused_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> halted_ = false;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace netlink
