#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <set>

#include "batch-delivery.h"
#include "exit-guard.h"
#include "reused-buffer.h"
#include "watch/watch-thread.h"

namespace netlink {

/** `Watcher` in watch-binding.ts: a thread that reads single objects, and its JavaScript class. */
class Watcher : public Napi::ObjectWrap<Watcher> {
 public:
  /** Returns the class. `guard` watches its threads, and must live as long as the environment. */
  static Napi::Function Define(Napi::Env env, ExitGuard& guard);

  explicit Watcher(const Napi::CallbackInfo& info);

 private:
  Napi::Value AddSource(const Napi::CallbackInfo& info);
  Napi::Value RemoveSource(const Napi::CallbackInfo& info);
  Napi::Value Add(const Napi::CallbackInfo& info);
  Napi::Value Remove(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  bool Deliver(Napi::Env env);
  Napi::Object Show(Napi::Env env, const WatchBatch& batch);
  std::size_t SourceAt(const Napi::Value& value) const;

  BatchDelivery delivery_;
  WatchThread thread_;
  ReusedBuffer buffer_;
  WatchBatch batch_;
  Napi::FunctionReference on_batch_;
  int protocol_;
  std::set<std::size_t> sources_;
  std::uint32_t last_number_ = 0;
  std::size_t last_source_ = 0;
  /** True while the callback runs: its batch must not be replaced. */
  bool delivering_ = false;
};

}  // namespace netlink
