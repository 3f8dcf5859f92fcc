#pragma once

#include <napi.h>

#include <cstddef>

#include "batch-delivery.h"
#include "exit-guard.h"
#include "listen/listen-thread.h"
#include "netlink/group-socket.h"
#include "netlink/network-namespace.h"
#include "reused-buffer.h"
#include "util/waiting-batches.h"

namespace netlink {

/** `ListenerOptions` in listener-binding.ts. */
struct ListenerSpec {
  int protocol = 0;
  NamespacePointer place;
  GroupSpec groups;
  ListenSpec listen;
  std::size_t max_pending_bytes = 0;
};

/** `MessageListener` in listener-binding.ts: a thread that reads multicast messages, and its
 * JavaScript class. */
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

  bool Deliver(Napi::Env env);
  Napi::Object Show(Napi::Env env, const MessageBatch& batch);

  const bool with_nsid_;
  WaitingBatches<MessageBatch> queue_;
  BatchDelivery delivery_;
  ListenThread thread_;
  ReusedBuffer buffer_;
  Napi::FunctionReference on_batch_;
};

}  // namespace netlink
