#pragma once

#include <napi.h>

namespace netlink {

/** Makes an Error with `code`, `errno` and `syscall`: the form of all failures in JavaScript. */
Napi::Error MakeError(Napi::Env env, const char* code, int error, const char* syscall);

}  // namespace netlink
