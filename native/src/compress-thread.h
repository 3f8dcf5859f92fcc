#pragma once

#include <napi.h>

#include <memory>

#include "frame-encoder.h"
#include "work-thread.h"

namespace netlink {

/**
 * `CompressThread` in binding.ts: a thread that compresses, and its face in JavaScript. Small
 * frames are many, and a call of its own to libuv's pool for each costs several times what
 * compressing it does.
 */
class CompressThread : public Napi::ObjectWrap<CompressThread> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit CompressThread(const Napi::CallbackInfo& info);

 private:
  Napi::Value Compress(const Napi::CallbackInfo& info);
  Napi::Value Version(const Napi::CallbackInfo& info);

  const ZstdLibrary& library_;
  /** Shared with the work: it may outlive this. */
  std::shared_ptr<FrameEncoder> encoder_;
  WorkThread thread_;
};

}  // namespace netlink
