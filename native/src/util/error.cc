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

}  // namespace netlink
