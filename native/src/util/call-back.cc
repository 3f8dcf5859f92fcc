#include "call-back.h"

namespace netlink {

void CallBack(Napi::Env env, const Napi::FunctionReference& callback, napi_value argument) {
  napi_value result = nullptr;
  // Not Function::Call(), which throws.
  const napi_status status =
      napi_call_function(env, env.Undefined(), callback.Value(), 1, &argument, &result);
  if (status != napi_pending_exception) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

}  // namespace netlink
