#pragma once

#include <napi.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace netlink {

/** Returns a count as a number. */
inline Napi::Number Count(Napi::Env env, std::uint64_t count) {
  return Napi::Number::New(env, static_cast<double>(count));
}

/** Returns a typed array with a copy of the values. */
template <typename View, typename T>
View CopyOf(Napi::Env env, const std::vector<T>& values) {
  View view = View::New(env, values.size());
  if (!values.empty()) std::memcpy(view.Data(), values.data(), values.size() * sizeof(T));
  return view;
}

}  // namespace netlink
