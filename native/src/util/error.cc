#include "error.h"

#include <string>
#include <system_error>

namespace netlink {

Napi::Error MakeError(Napi::Env env, const char* code, int error, const char* syscall) {
  // Not strerror(), which is not safe while the poll thread runs.
  const std::string reason = error == 0 ? code : std::generic_category().message(error);
  Napi::Error made = Napi::Error::New(env, std::string("netlink ") + syscall + ": " + reason);
  made.Set("code", code);
  made.Set("errno", static_cast<double>(error));
  made.Set("syscall", syscall);
  return made;
}

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
