#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "file-sync.h"
#include "file-work.h"
#include "kept-bytes.h"
#include "work-thread.h"

namespace netlink {

/**
 * `FileThread` in binding.ts: a thread that makes, writes and closes files, and its face in
 * JavaScript. It is not libuv's pool: a disk that hangs must hold up neither what else runs there
 * nor the end of the process, which waits for the pool.
 */
class FileThread : public Napi::ObjectWrap<FileThread> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit FileThread(const Napi::CallbackInfo& info);

 private:
  Napi::Value Create(const Napi::CallbackInfo& info);
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Discard(const Napi::CallbackInfo& info);
  Napi::Value Exists(const Napi::CallbackInfo& info);
  Napi::Value Sync(const Napi::CallbackInfo& info);

  Napi::Value Do(Napi::Env env, std::function<FileResult()> operation, KeptBytes kept = {});

  /** Used on the thread only, which may outlive this. */
  std::shared_ptr<FileSync> sync_ = std::make_shared<FileSync>();
  WorkThread thread_;
};

}  // namespace netlink
