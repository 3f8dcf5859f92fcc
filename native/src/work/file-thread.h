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
 * `FileThread` in binding.ts: a thread that creates, writes and closes files, and its JavaScript
 * class. Not libuv's pool: a disk that hangs must not delay other work of the pool, nor the end of
 * the process, which waits for the pool.
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

  /** Used only on the thread, which may outlive this object. */
  std::shared_ptr<FileSync> sync_ = std::make_shared<FileSync>();
  WorkThread thread_;
};

}  // namespace netlink
