#include "args.h"

#include <cmath>

namespace netlink {

void ThrowArgument(Napi::Env env, const std::string& name, const std::string& what) {
  throw Napi::TypeError::New(env, name + " must be " + what);
}

Napi::Object RequireObject(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) ThrowArgument(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array RequireArray(const Napi::Value& value, const std::string& name) {
  if (!value.IsArray()) ThrowArgument(value.Env(), name, "an array");
  return value.As<Napi::Array>();
}

Napi::Function RequireFunction(const Napi::Value& value, const std::string& name) {
  if (!value.IsFunction()) ThrowArgument(value.Env(), name, "a function");
  return value.As<Napi::Function>();
}

Napi::Uint8Array RequireBytes(const Napi::Value& value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowArgument(value.Env(), name, "a Uint8Array");
  }
  return value.As<Napi::Uint8Array>();
}

std::int64_t RequireInteger(const Napi::Value& value, const std::string& name, std::int64_t low,
                            std::int64_t high) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  // NaN fails each of these comparisons.
  const bool fits = number >= static_cast<double>(low) && number <= static_cast<double>(high) &&
                    number == std::floor(number);
  if (!fits) {
    ThrowArgument(value.Env(), name,
                  "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return static_cast<std::int64_t>(number);
}

std::uint64_t RequireUint64(const Napi::Value& value, const std::string& name) {
  bool lossless = false;
  const std::uint64_t number =
      value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) ThrowArgument(value.Env(), name, "a bigint of 64 unsigned bits");
  return number;
}

std::string ElementName(const std::string& name, std::uint32_t index) {
  return name + "[" + std::to_string(index) + "]";
}

}  // namespace netlink
