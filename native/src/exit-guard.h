#pragma once

#include <napi.h>

#include <set>

#include "poll-thread.h"

namespace netlink {

/**
 * Ends the poll threads of one environment with it, whichever way it ends. A worker that is
 * terminated and an event loop that runs dry run the cleanup hooks; process.exit() and an uncaught
 * exception in the main thread emit only 'exit'.
 */
class ExitGuard {
 public:
  /** Watches a thread. Its threadsafe function must exist: hooks run in reverse order, and the
   * thread goes first. */
  void Watch(Napi::Env env, PollThread& thread);

  /** The thread has ended by itself. */
  void Forget(Napi::Env env, PollThread& thread);

 private:
  static void OnTeardown(void* thread);
  static Napi::Value OnExit(const Napi::CallbackInfo& info);

  std::set<PollThread*> threads_;
  bool listening_ = false;
};

}  // namespace netlink
