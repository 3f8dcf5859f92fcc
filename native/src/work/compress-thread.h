#pragma once

#include <napi.h>

#include <memory>

#include "frame-encoder.h"
#include "work-thread.h"

namespace netlink {

/**
 * `CompressThread` in binding.ts: a thread that compresses, and its JavaScript class. Most frames
 * are small: a call to libuv's pool for each would cost several times as much as the compression.
 */
class CompressThread : public Napi::ObjectWrap<CompressThread> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit CompressThread(const Napi::CallbackInfo& info);

 private:
  Napi::Value Compress(const Napi::CallbackInfo& info);
  Napi::Value Version(const Napi::CallbackInfo& info);

  const ZstdLibrary& library_;
  /** Shared with the work, which may outlive this object. */
  std::shared_ptr<FrameEncoder> encoder_;
  WorkThread thread_;
};

}  // namespace netlink
