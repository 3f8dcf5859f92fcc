#pragma once

#include <napi.h>

#include <cstring>
#include <vector>

namespace netlink {

/** Returns a typed array with a copy of the values. */
template <typename View, typename T>
View CopyOf(Napi::Env env, const std::vector<T>& values) {
  View view = View::New(env, values.size());
  if (!values.empty()) std::memcpy(view.Data(), values.data(), values.size() * sizeof(T));
  return view;
}

}  // namespace netlink
