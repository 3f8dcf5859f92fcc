#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <optional>
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

  /** Rejects the promise with an Error with code ERR_CLOSED. */
  void RejectClosed(Napi::Env env);

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

  /** Queues work for the thread. After Close() the promise is rejected at once. */
  Napi::Promise Do(std::unique_ptr<AwaitedWork> work);

  /**
   * Ends the thread after the current work, and rejects queued work. Further calls return the same
   * promise.
   * @return resolves when the thread has ended, and all work is settled and destroyed
   */
  Napi::Promise Close();
  bool closed() const { return closing_.has_value(); }

 private:
  static void OnWake(Napi::Env env, Napi::Function unused, WorkThread* thread, void* data);
  using Wake = Napi::TypedThreadSafeFunction<WorkThread, void, &WorkThread::OnWake>;
  static void OnTeardown(void* thread);

  /** Keeps environment and owner alive for one more piece of work. */
  void Hold();
  void Release(std::size_t works);
  void Settle(Napi::Env env);
  static void SettleOne(Napi::Env env, AwaitedWork& work);
  void FinishClose();
  void Halt();

  Napi::Env env_;
  Napi::Reference<Napi::Object>& owner_;
  Wake wake_;
  std::shared_ptr<WorkQueue> queue_;
  std::thread thread_;
  std::size_t pending_ = 0;
  std::optional<Napi::Promise::Deferred> closing_;
  Napi::ObjectReference closed_;
};

}  // namespace netlink
