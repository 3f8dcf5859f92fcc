#pragma once

#include <napi.h>

namespace netlink {

/** `listenTcp` and `duplicate` in binding.ts. */
Napi::Value ListenTcpValue(const Napi::CallbackInfo& info);
Napi::Value DuplicateValue(const Napi::CallbackInfo& info);

}  // namespace netlink
