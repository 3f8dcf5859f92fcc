#include "args.h"

#include <cmath>

namespace netlink {
namespace {

template <typename View, typename T>
std::vector<T> CopyValues(const Napi::Value& value, napi_typedarray_type type,
                          const std::string& name, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    ThrowArgument(value.Env(), name, what);
  }
  const View view = value.As<View>();
  return std::vector<T>(view.Data(), view.Data() + view.ElementLength());
}

}  // namespace

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

std::int64_t ReadOptional(const Napi::Object& options, const char* name, std::int64_t low,
                          std::int64_t high, std::int64_t fallback) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return fallback;
  return RequireInteger(value, std::string("options.") + name, low, high);
}

std::uint64_t RequireUint64(const Napi::Value& value, const std::string& name) {
  bool lossless = false;
  const std::uint64_t number =
      value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) ThrowArgument(value.Env(), name, "a bigint of 64 unsigned bits");
  return number;
}

std::vector<std::uint32_t> RequireUint32s(const Napi::Value& value, const std::string& name) {
  return CopyValues<Napi::Uint32Array, std::uint32_t>(value, napi_uint32_array, name,
                                                      "a Uint32Array");
}

std::vector<std::uint64_t> RequireUint64s(const Napi::Value& value, const std::string& name) {
  return CopyValues<Napi::BigUint64Array, std::uint64_t>(value, napi_biguint64_array, name,
                                                         "a BigUint64Array");
}

std::string RequirePath(const Napi::Value& value, const std::string& name) {
  const std::string path = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.find('\0') != std::string::npos) {
    ThrowArgument(value.Env(), name, "a path");
  }
  return path;
}

std::string ElementName(const std::string& name, std::uint32_t index) {
  return name + "[" + std::to_string(index) + "]";
}

}  // namespace netlink
