#pragma once

#include <napi.h>

#include "netlink/failure.h"

namespace netlink {

/** Makes the Error of a failed dump, with `code`, `errno` and `syscall`. */
Napi::Error MakeError(Napi::Env env, const Failure& failure);

/** Returns a failure as `ScanFailure` in binding.ts. */
Napi::Object FailureObject(Napi::Env env, const Failure& failure);

}  // namespace netlink
