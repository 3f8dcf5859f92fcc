#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <optional>

#include "batch-view.h"
#include "exit-guard.h"
#include "options.h"
#include "poll/batch-queue.h"
#include "poll/poll-thread.h"

namespace netlink {

/**
 * `Poller` in binding.ts: the JavaScript class of the poll thread. The thread pushes a batch and
 * wakes the event loop, which delivers queued batches for a limited time, and then lets other
 * callbacks run for one turn. A last wake reports the end of the thread.
 */
class Poller : public Napi::ObjectWrap<Poller> {
 public:
  /** Returns the class. `guard` watches its pollers, and must live as long as the environment. */
  static Napi::Function Define(Napi::Env env, ExitGuard& guard);

  explicit Poller(const Napi::CallbackInfo& info);

 private:
  Poller(const Napi::CallbackInfo& info, PollerSpec spec);

  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value AddSource(const Napi::CallbackInfo& info);
  Napi::Value RemoveSource(const Napi::CallbackInfo& info);
  Napi::Value Latest(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  Napi::Value Listening(const Napi::CallbackInfo& info);
  Napi::Value SetStride(const Napi::CallbackInfo& info);
  Napi::Value SetFilters(const Napi::CallbackInfo& info);

  static void OnWake(Napi::Env env, Napi::Function unused, Poller* poller, void* data);
  using Wake = Napi::TypedThreadSafeFunction<Poller, void, &Poller::OnWake>;

  void Work(Napi::Env env);
  void Rest(Napi::Env env);
  void Deliver(Napi::Env env, const Batch& batch);
  void Finish(Napi::Env env);
  std::size_t SourceAt(const Napi::Value& value) const;
  Scanner& ScannerAt(const Napi::Value& value) const {
    return *thread_.scanners()[SourceAt(value)];
  }

  ExitGuard& guard_;
  BatchQueue queue_;
  Wake wake_;
  PollThread thread_;
  BatchView view_;
  Napi::FunctionReference on_batch_;
  Napi::FunctionReference set_immediate_;
  Napi::FunctionReference resume_;
  /** Number of wakes that have not arrived yet. This object must live until all have. */
  std::atomic<int> wakes_ = 0;
  /** True while a call of resume_ is scheduled. */
  bool resting_ = false;
  Napi::ObjectReference stopped_;
  std::optional<Napi::Promise::Deferred> deferred_;
  bool started_ = false;
};

}  // namespace netlink
