#include "exit-guard.h"

namespace netlink {

void ExitGuard::Watch(Napi::Env env, Haltable& thread) {
  if (!listening_) {
    const auto process = env.Global().Get("process").As<Napi::Object>();
    const auto on_exit = Napi::Function::New<&ExitGuard::OnExit>(env, "haltPollers", this);
    process.Get("once").As<Napi::Function>().Call(process,
                                                  {Napi::String::New(env, "exit"), on_exit});
    listening_ = true;
  }
  napi_add_env_cleanup_hook(env, &ExitGuard::OnTeardown, &thread);
  threads_.insert(&thread);
}

void ExitGuard::Forget(Napi::Env env, Haltable& thread) {
  napi_remove_env_cleanup_hook(env, &ExitGuard::OnTeardown, &thread);
  threads_.erase(&thread);
}

void ExitGuard::OnTeardown(void* thread) { static_cast<Haltable*>(thread)->Halt(); }

Napi::Value ExitGuard::OnExit(const Napi::CallbackInfo& info) {
  for (Haltable* thread : static_cast<ExitGuard*>(info.Data())->threads_) thread->Halt();
  return info.Env().Undefined();
}

}  // namespace netlink
