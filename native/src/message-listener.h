#pragma once

#include <napi.h>

#include <atomic>
#include <cstddef>
#include <optional>

#include "exit-guard.h"
#include "listen/listen-thread.h"
#include "listen/message-queue.h"
#include "netlink/group-socket.h"
#include "netlink/network-namespace.h"
#include "reused-buffer.h"

namespace netlink {

/** `ListenerOptions` in listener-binding.ts. */
struct ListenerSpec {
  int protocol = 0;
  NamespacePointer place;
  GroupSpec groups;
  ListenSpec listen;
  std::size_t max_pending_bytes = 0;
};

/**
 * `MessageListener` in listener-binding.ts: a thread that reads multicast messages, and its
 * JavaScript class. Batches are delivered for a limited time, and then other callbacks run for one
 * turn. A last wake reports the end of the thread.
 */
class MessageListener : public Napi::ObjectWrap<MessageListener> {
 public:
  /** Returns the class. `guard` watches its threads, and must live as long as the environment. */
  static Napi::Function Define(Napi::Env env, ExitGuard& guard);

  explicit MessageListener(const Napi::CallbackInfo& info);

 private:
  MessageListener(const Napi::CallbackInfo& info, const ListenerSpec& spec);

  Napi::Value Pause(const Napi::CallbackInfo& info);
  Napi::Value Resume(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Grant(const Napi::CallbackInfo& info);

  static void OnWake(Napi::Env env, Napi::Function unused, MessageListener* listener, void* data);
  using Wake = Napi::TypedThreadSafeFunction<MessageListener, void, &MessageListener::OnWake>;

  void Start(Napi::Env env);
  void Work(Napi::Env env);
  void Rest(Napi::Env env);
  void Deliver(Napi::Env env, const MessageBatch& batch);
  Napi::Object Show(Napi::Env env, const MessageBatch& batch);
  void Finish(Napi::Env env);

  ExitGuard& guard_;
  const bool with_nsid_;
  MessageQueue queue_;
  Wake wake_;
  ListenThread thread_;
  ReusedBuffer buffer_;
  Napi::FunctionReference on_batch_;
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
