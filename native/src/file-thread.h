#pragma once

#include <napi.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "file-queue.h"

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
  ~FileThread() override;

 private:
  Napi::Value Create(const Napi::CallbackInfo& info);
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Exists(const Napi::CallbackInfo& info);

  static void OnWake(Napi::Env env, Napi::Function unused, FileThread* thread, void* data);
  using Wake = Napi::TypedThreadSafeFunction<FileThread, void, &FileThread::OnWake>;
  static void OnTeardown(void* thread);

  /** Has the thread do `work`, and keeps `kept` from being collected meanwhile. */
  Napi::Value Do(Napi::Env env, std::function<FileResult()> work, Napi::Object kept = {});
  void Settle(Napi::Env env);
  void Halt();

  Napi::Env env_;
  Wake wake_;
  std::shared_ptr<FileQueue> queue_;
  std::thread thread_;
  std::size_t pending_ = 0;
};

}  // namespace netlink
