#pragma once

#include <napi.h>

#include <cstddef>

#include "batch-delivery.h"
#include "capture/capture-thread.h"
#include "exit-guard.h"
#include "netlink/network-namespace.h"
#include "reused-buffer.h"
#include "util/waiting-batches.h"

namespace netlink {

/** `CaptureOptions` in capture-binding.ts. */
struct PacketCaptureSpec {
  NamespacePointer place;
  CaptureSpec capture;
  std::size_t max_pending_bytes = 0;
};

/** `PacketCapture` in capture-binding.ts: a thread that reads packets, and its JavaScript class. */
class PacketCapture : public Napi::ObjectWrap<PacketCapture> {
 public:
  /** Returns the class. `guard` watches its threads, and must live as long as the environment. */
  static Napi::Function Define(Napi::Env env, ExitGuard& guard);

  explicit PacketCapture(const Napi::CallbackInfo& info);

 private:
  PacketCapture(const Napi::CallbackInfo& info, const PacketCaptureSpec& spec);

  Napi::Value Pause(const Napi::CallbackInfo& info);
  Napi::Value Resume(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Grant(const Napi::CallbackInfo& info);

  bool Deliver(Napi::Env env);
  Napi::Object Show(Napi::Env env, const PacketBlock& block);

  WaitingBatches<PacketBlock> queue_;
  BatchDelivery delivery_;
  CaptureThread thread_;
  ReusedBuffer buffer_;
  Napi::FunctionReference on_batch_;
};

}  // namespace netlink
