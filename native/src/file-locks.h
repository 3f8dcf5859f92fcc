#pragma once

#include <napi.h>

namespace netlink {

/** `isOpenForWriting` and `lockFile` in binding.ts. */
Napi::Value IsOpenForWritingValue(const Napi::CallbackInfo& info);
Napi::Value LockFileValue(const Napi::CallbackInfo& info);

}  // namespace netlink
