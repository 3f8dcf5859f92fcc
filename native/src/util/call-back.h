#pragma once

#include <napi.h>

namespace netlink {

/**
 * Calls a callback of JavaScript from the event loop. An exception that it throws becomes an
 * uncaughtException, because no caller could catch it.
 */
void CallBack(Napi::Env env, const Napi::FunctionReference& callback, napi_value argument);

}  // namespace netlink
