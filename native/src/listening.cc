#include "listening.h"

#include <limits>

#include "tcp-listeners.h"
#include "util/args.h"
#include "util/error.h"

namespace netlink {
namespace {

Napi::Value FdValue(Napi::Env env, UniqueFd fd) { return Napi::Number::New(env, fd.Release()); }

template <typename T>
T OrThrow(Napi::Env env, std::variant<T, CallFailure> result) {
  if (const auto* failure = std::get_if<CallFailure>(&result)) {
    throw MakeError(env, "ERR_SYSTEM", failure->error, failure->call);
  }
  return std::move(std::get<T>(result));
}

}  // namespace

Napi::Value ListenTcpValue(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) ThrowArgument(env, "host", "a string");
  const auto port = static_cast<std::uint16_t>(RequireInteger(info[1], "port", 0, 65535));
  const auto backlog = static_cast<int>(RequireInteger(info[2], "backlog", 1, 65535));
  auto listeners = OrThrow(env, ListenTcp(info[0].As<Napi::String>(), port, backlog));
  Napi::Object result = Napi::Object::New(env);
  if (listeners.local) result.Set("local", FdValue(env, std::move(listeners.local)));
  result.Set("remote", FdValue(env, std::move(listeners.remote)));
  return result;
}

Napi::Value DuplicateValue(const Napi::CallbackInfo& info) {
  const auto fd =
      static_cast<int>(RequireInteger(info[0], "fd", 0, std::numeric_limits<int>::max()));
  return FdValue(info.Env(), OrThrow(info.Env(), DuplicateFd(fd)));
}

}  // namespace netlink
