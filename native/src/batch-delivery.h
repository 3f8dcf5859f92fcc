#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <optional>

#include "exit-guard.h"
#include "util/read-thread.h"

namespace netlink {

/**
 * Delivers the batches of a reading thread to JavaScript: for a limited time, and then other
 * callbacks run for one turn. A last wake reports the end of the thread. Must be destroyed after
 * the thread.
 */
class BatchDelivery {
 public:
  /** Functions of the class that owns the thread. */
  struct Owner {
    /** Delivers the oldest batch. Returns false if none waits. */
    std::function<bool(Napi::Env)> deliver;
    /** Keeps the owner alive from the start on, and releases it and its callback at the end. */
    std::function<void()> begin;
    std::function<void()> end;
  };

  BatchDelivery(ExitGuard& guard, ReadThread& thread, Owner owner)
      : guard_(guard), thread_(thread), owner_(std::move(owner)) {}

  /** Starts the thread. @throws Napi::Error ERR_THREAD */
  void Start(Napi::Env env, const char* name);

  /** Wakes the event loop. Called on the thread. */
  void WakeUp();

  /** Stops the thread. Returns a promise for its end, each time the same one. */
  Napi::Value Close(Napi::Env env);

 private:
  static void OnWake(Napi::Env env, Napi::Function unused, BatchDelivery* delivery, void* data);
  using Waker = Napi::TypedThreadSafeFunction<BatchDelivery, void, &BatchDelivery::OnWake>;

  void Work(Napi::Env env);
  void Rest(Napi::Env env);
  void Finish(Napi::Env env);

  ExitGuard& guard_;
  ReadThread& thread_;
  const Owner owner_;
  Waker wake_;
  Napi::FunctionReference set_immediate_;
  Napi::FunctionReference resume_;
  /** Number of wakes that have not arrived yet. This object must live until all have. */
  std::atomic<int> wakes_ = 0;
  /** True while a call of resume_ is scheduled. */
  bool resting_ = false;
  bool finished_ = false;
  Napi::ObjectReference closed_;
  std::optional<Napi::Promise::Deferred> deferred_;
};

}  // namespace netlink
