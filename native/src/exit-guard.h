#pragma once

#include <napi.h>

#include <set>

#include "util/haltable.h"

namespace netlink {

/**
 * Ends the threads of one environment when the environment ends. A terminated worker and an
 * empty event loop run the cleanup hooks; process.exit() and an uncaught exception in the main
 * thread only emit 'exit'.
 */
class ExitGuard {
 public:
  /** Watches a thread. Its threadsafe function must exist already: hooks run in reverse order, and
   * the thread must end first. */
  void Watch(Napi::Env env, Haltable& thread);

  /** Stops watching a thread that has ended by itself. */
  void Forget(Napi::Env env, Haltable& thread);

 private:
  static void OnTeardown(void* thread);
  static Napi::Value OnExit(const Napi::CallbackInfo& info);

  std::set<Haltable*> threads_;
  bool listening_ = false;
};

}  // namespace netlink
