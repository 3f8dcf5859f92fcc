#pragma once

#include <napi.h>

namespace netlink {

/** `hasReader` in binding.ts. */
Napi::Value HasReaderValue(const Napi::CallbackInfo& info);

}  // namespace netlink
