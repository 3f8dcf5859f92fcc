#include "failure-values.h"

#include "util/error.h"

namespace netlink {

Napi::Error MakeError(Napi::Env env, const Failure& failure) {
  return MakeError(env, CodeName(failure.code), failure.error, failure.op);
}

Napi::Object FailureObject(Napi::Env env, const Failure& failure) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", CodeName(failure.code));
  object.Set("errno", failure.error);
  object.Set("op", failure.op);
  return object;
}

}  // namespace netlink
