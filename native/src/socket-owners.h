#pragma once

#include <napi.h>

#include <functional>
#include <string>

#include "work/work-thread.h"

namespace netlink {

/**
 * `SocketOwners` in binding.ts: a thread that reads the descriptors of processes and the tree of
 * cgroups, and its JavaScript class.
 */
class SocketOwners : public Napi::ObjectWrap<SocketOwners> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit SocketOwners(const Napi::CallbackInfo& info);

 private:
  Napi::Value Survey(const Napi::CallbackInfo& info);
  Napi::Value Sockets(const Napi::CallbackInfo& info);
  Napi::Value OpenCgroupPaths(const Napi::CallbackInfo& info);
  Napi::Value WalkCgroupPaths(const Napi::CallbackInfo& info);
  Napi::Value CgroupMembers(const Napi::CallbackInfo& info);

  /** Runs an operation on the thread, and resolves with its result as an object with `cpuNs`. */
  template <typename Result>
  Napi::Value Do(Napi::Env env, std::function<Result()> operation);

  const std::string proc_;
  WorkThread thread_;
};

}  // namespace netlink
