#include "batch-delivery.h"

#include <cstdint>
#include <system_error>
#include <utility>

#include "util/clock.h"
#include "util/error.h"

namespace netlink {
namespace {

/** Longest time to deliver batches without a pause: timers and file events would wait. */
constexpr std::int64_t kStretchNs = 5'000'000;

}  // namespace

void BatchDelivery::Start(Napi::Env env, const char* name) {
  set_immediate_ = Napi::Persistent(env.Global().Get("setImmediate").As<Napi::Function>());
  resume_ = Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& call) {
    resting_ = false;
    if (!thread_.halted()) Work(call.Env());
  }));
  // The queue of wakes is unbounded: the batches have their own limit. It keeps the event loop
  // alive.
  wake_ = Waker::New(env, name, 0, 1, this);
  try {
    thread_.Start();
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env, "ERR_THREAD", error.code().value(), "start");
  }
  guard_.Watch(env, thread_);
  owner_.begin();
}

void BatchDelivery::WakeUp() {
  ++wakes_;
  wake_.NonBlockingCall();
}

Napi::Value BatchDelivery::Close(Napi::Env env) {
  if (!deferred_) {
    deferred_ = Napi::Promise::Deferred::New(env);
    closed_ = Napi::Persistent(deferred_->Promise().As<Napi::Object>());
    if (finished_ || thread_.halted()) {
      deferred_->Resolve(env.Undefined());
    } else {
      thread_.Stop();
    }
  }
  return closed_.Value();
}

void BatchDelivery::OnWake(Napi::Env env, Napi::Function, BatchDelivery* delivery, void*) {
  // At the end of the environment the remaining wakes arrive with a null environment. The owner
  // may be destroyed by then. A worker's event loop runs once more after its 'exit' event, which
  // has halted the thread.
  if (static_cast<napi_env>(env) == nullptr || delivery->thread_.halted()) return;
  --delivery->wakes_;
  if (!delivery->resting_) delivery->Work(env);
}

void BatchDelivery::Work(Napi::Env env) {
  const std::int64_t start = MonotonicNs();
  while (owner_.deliver(env)) {
    // The callback may have ended the process.
    if (thread_.halted()) return;
    thread_.Resume();
    if (MonotonicNs() - start > kStretchNs) return Rest(env);
  }
  if (thread_.ended() && wakes_ == 0) Finish(env);
}

void BatchDelivery::Rest(Napi::Env env) {
  const napi_value resume = resume_.Value();
  napi_value result = nullptr;
  // Fails only when the environment is being torn down.
  resting_ = napi_call_function(env, env.Undefined(), set_immediate_.Value(), 1, &resume,
                                &result) == napi_ok;
}

void BatchDelivery::Finish(Napi::Env env) {
  if (std::exchange(finished_, true)) return;
  thread_.Join();
  guard_.Forget(env, thread_);
  wake_.Release();
  resume_.Reset();
  if (deferred_) deferred_->Resolve(env.Undefined());
  owner_.end();
}

}  // namespace netlink
