#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "exit-guard.h"
#include "relay/relay-thread.h"
#include "reused-buffer.h"

namespace netlink {

/**
 * `Relay` in relay-binding.ts: a thread that relays TCP connections, and its JavaScript class. The
 * first listen() starts the thread. Commands of a callback reach the thread together, after it.
 */
class Relay : public Napi::ObjectWrap<Relay> {
 public:
  /** Returns the class. `guard` watches its threads, and must live as long as the environment. */
  static Napi::Function Define(Napi::Env env, ExitGuard& guard);

  explicit Relay(const Napi::CallbackInfo& info);

 private:
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value StopListening(const Napi::CallbackInfo& info);
  Napi::Value Pause(const Napi::CallbackInfo& info);
  Napi::Value Resume(const Napi::CallbackInfo& info);
  Napi::Value SetMaxOpen(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value Reject(const Napi::CallbackInfo& info);
  Napi::Value CloseConnection(const Napi::CallbackInfo& info);
  Napi::Value SetLimits(const Napi::CallbackInfo& info);
  Napi::Value Rows(const Napi::CallbackInfo& info);
  Napi::Value Totals(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  static void OnWake(Napi::Env env, Napi::Function unused, Relay* relay, void* data);
  using Wake = Napi::TypedThreadSafeFunction<Relay, void, &Relay::OnWake>;

  void Start(Napi::Env env);
  /** Sends a command to the thread, or with others at the end of the callback. Ignored when the
   * thread does not run. */
  void Send(relay::Command command);
  void Deliver(Napi::Env env);
  void Finish(Napi::Env env);

  ExitGuard& guard_;
  Wake wake_;
  relay::RelayThread thread_;
  ReusedBuffer buffer_;
  relay::EventBatch batch_;
  std::vector<relay::Command> held_;
  Napi::FunctionReference on_events_;
  std::uint32_t listeners_ = 0;
  /** Number of wakes that have not arrived yet. This object must live until all have. */
  std::atomic<int> wakes_ = 0;
  bool delivering_ = false;
  bool finished_ = false;
  Napi::ObjectReference closed_;
  std::optional<Napi::Promise::Deferred> deferred_;
};

}  // namespace netlink
