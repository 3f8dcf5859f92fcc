#pragma once

#include <napi.h>

#include "../failure.h"

namespace netlink {

/** The one shape in which failures reach JavaScript: an Error with `code`, `errno` and `syscall`.
 */
Napi::Error MakeError(Napi::Env env, const char* code, int error, const char* syscall);

/** The same for the failure of a dump. */
Napi::Error MakeError(Napi::Env env, const Failure& failure);

/** A failure as `ScanFailure` in binding.ts. */
Napi::Object FailureObject(Napi::Env env, const Failure& failure);

}  // namespace netlink
