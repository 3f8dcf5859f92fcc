#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <thread>

#include "work-queue.h"

namespace netlink {

/**
 * Work that JavaScript waits for. Made and destroyed on the JavaScript thread. If Run() reads
 * JavaScript's memory, the derived class holds it as KeptBytes.
 */
struct AwaitedWork : Work {
  explicit AwaitedWork(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  /** Settles the promise. Called after Run(). */
  virtual void Settle(Napi::Env env) = 0;

  Napi::Promise::Deferred deferred;
};

/**
 * A thread that runs work in order, and settles its promises in JavaScript. One wake settles all
 * work that is finished by then. The environment is kept alive while there is work.
 */
class WorkThread {
 public:
  /**
   * @param name of the async resource, for diagnostics
   * @param owner kept alive while there is work
   * @throws an Error with code ERR_THREAD
   */
  WorkThread(Napi::Env env, const char* name, Napi::Reference<Napi::Object>& owner);
  ~WorkThread();
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  /** Queues work for the thread. */
  Napi::Promise Do(std::unique_ptr<AwaitedWork> work);

 private:
  static void OnWake(Napi::Env env, Napi::Function unused, WorkThread* thread, void* data);
  using Wake = Napi::TypedThreadSafeFunction<WorkThread, void, &WorkThread::OnWake>;
  static void OnTeardown(void* thread);

  void Settle(Napi::Env env);
  static void SettleOne(Napi::Env env, AwaitedWork& work);
  void Halt();

  Napi::Env env_;
  Napi::Reference<Napi::Object>& owner_;
  Wake wake_;
  std::shared_ptr<WorkQueue> queue_;
  std::thread thread_;
  std::size_t pending_ = 0;
};

}  // namespace netlink
