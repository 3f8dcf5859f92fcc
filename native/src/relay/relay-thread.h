#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "../util/haltable.h"
#include "event-queue.h"
#include "relay-loop.h"

namespace netlink::relay {

/** Thread of a relay. */
class RelayThread final : public Haltable {
 public:
  /** @param wake called on the thread after events were published, and once more when it ends */
  RelayThread(const RelaySpec& spec, std::function<void()> wake)
      : spec_(spec), wake_(std::move(wake)), events_(wake_, spec.max_pending_dump_bytes) {}
  ~RelayThread() { Halt(); }
  RelayThread(const RelayThread&) = delete;
  RelayThread& operator=(const RelayThread&) = delete;

  /** Starts the thread. Throws std::system_error when the system has no thread or descriptor left.
   */
  void Start();
  bool started() const { return loop_ != nullptr; }

  /** Asks the thread to end every connection, and then itself. Does not wait. */
  void Stop();

  /** Ends the thread and waits for its end. Events will not be delivered. */
  void Halt() override;

  /** Waits for the end of the thread, after Stop() or Halt(). */
  void Join();

  /** True after the thread has published its last events. */
  bool ended() const { return ended_; }
  /** True after Halt(). */
  bool halted() const { return halted_; }

  EventQueue& events() { return events_; }
  /** The loop, after Start(). */
  RelayLoop& loop() { return *loop_; }
  /** CPU time of the thread in ns. */
  std::int64_t CpuNs();

 private:
  void Run();

  const RelaySpec spec_;
  const std::function<void()> wake_;
  EventQueue events_;
  std::unique_ptr<RelayLoop> loop_;
  std::atomic<bool> halted_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<std::int64_t> last_cpu_ns_ = 0;
  std::thread thread_;
};

}  // namespace netlink::relay
