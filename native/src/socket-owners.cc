#include "socket-owners.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "proc/cgroups.h"
#include "proc/processes.h"
#include "util/args.h"
#include "util/clock.h"
#include "util/views.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxCpuNs = 60 * kNsPerSecond;
/** Most cgroups of a walk. */
constexpr std::size_t kMaxCgroups = 100'000;
/** Most bytes of `cgroup.procs`. */
constexpr std::size_t kMaxMembersBytes = std::size_t{1} << 20;

Napi::Object ToObject(Napi::Env env, const ProcessSurvey& survey) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("errno", survey.error);
  object.Set("pids", CopyOf<Napi::Uint32Array>(env, survey.pids));
  object.Set("descriptors", CopyOf<Napi::Uint32Array>(env, survey.descriptors));
  return object;
}

Napi::Value ToValue(Napi::Env env, const ReadProcess& process) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("errno", process.error);
  object.Set("descriptors", process.descriptors);
  object.Set("sockets", process.sockets);
  if (process.sockets == 0) return object;
  object.Set("startTicks", static_cast<double>(process.start_ticks));
  // Not a typed array, whose memory costs more than a few numbers.
  Napi::Array ancestors = Napi::Array::New(env, process.ancestors.size());
  for (std::uint32_t i = 0; i < process.ancestors.size(); ++i) ancestors[i] = process.ancestors[i];
  object.Set("ancestors", ancestors);
  object.Set("uid", process.uid);
  object.Set("command", process.command);
  const bool readable = !process.executable.empty();
  object.Set("executable", readable ? Napi::String::New(env, process.executable) : env.Null());
  return object;
}

Napi::Object ToObject(Napi::Env env, const ProcessSockets& read) {
  Napi::Array processes = Napi::Array::New(env, read.processes.size());
  for (std::uint32_t i = 0; i < read.processes.size(); ++i) {
    processes[i] = ToValue(env, read.processes[i]);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("processes", processes);
  object.Set("sockets", CopyOf<Napi::Uint32Array>(env, read.sockets));
  return object;
}

Napi::Object ToObject(Napi::Env env, const CgroupPaths& found) {
  Napi::Array paths = Napi::Array::New(env, found.paths.size());
  for (std::uint32_t i = 0; i < found.paths.size(); ++i) {
    const std::string& path = found.paths[i];
    paths[i] = path.empty() ? env.Null() : Napi::String::New(env, path);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("errno", found.error);
  object.Set("paths", paths);
  return object;
}

Napi::Object ToObject(Napi::Env env, const CgroupProcesses& members) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("errno", members.error);
  object.Set("pids", CopyOf<Napi::Uint32Array>(env, members.pids));
  return object;
}

template <typename Result>
struct OwnersOperation : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override {
    const std::int64_t start = ThreadCpuNs();
    result = operation();
    cpu_ns = ThreadCpuNs() - start;
  }

  void Settle(Napi::Env env) override {
    Napi::Object object = ToObject(env, result);
    object.Set("cpuNs", static_cast<double>(cpu_ns));
    deferred.Resolve(object);
  }

  std::function<Result()> operation;
  Result result;
  std::int64_t cpu_ns = 0;
};

}  // namespace

Napi::Function SocketOwners::Define(Napi::Env env) {
  return DefineClass(env, "SocketOwners",
                     {InstanceMethod<&SocketOwners::Survey>("survey"),
                      InstanceMethod<&SocketOwners::Sockets>("sockets"),
                      InstanceMethod<&SocketOwners::OpenCgroupPaths>("openCgroups"),
                      InstanceMethod<&SocketOwners::WalkCgroupPaths>("walkCgroups"),
                      InstanceMethod<&SocketOwners::CgroupMembers>("cgroupMembers")});
}

SocketOwners::SocketOwners(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SocketOwners>(info),
      proc_(RequirePath(info[0], "proc")),
      thread_(info.Env(), "netlink.SocketOwners", *this) {}

Napi::Value SocketOwners::Survey(const Napi::CallbackInfo& info) {
  return Do<ProcessSurvey>(info.Env(), [proc = proc_] { return SurveyProcesses(proc); });
}

Napi::Value SocketOwners::Sockets(const Napi::CallbackInfo& info) {
  return Do<ProcessSockets>(info.Env(),
                            [proc = proc_, pids = RequireUint32s(info[0], "pids"),
                             limit = RequireInteger(info[1], "maxCpuNs", 0, kMaxCpuNs)] {
                              return ReadSockets(proc, pids, limit);
                            });
}

Napi::Value SocketOwners::OpenCgroupPaths(const Napi::CallbackInfo& info) {
  return Do<CgroupPaths>(
      info.Env(), [mount = RequirePath(info[0], "mount"), ids = RequireUint64s(info[1], "ids")] {
        return OpenCgroups(mount, ids);
      });
}

Napi::Value SocketOwners::WalkCgroupPaths(const Napi::CallbackInfo& info) {
  return Do<CgroupPaths>(
      info.Env(), [mount = RequirePath(info[0], "mount"), ids = RequireUint64s(info[1], "ids")] {
        return WalkCgroups(mount, ids, kMaxCgroups);
      });
}

Napi::Value SocketOwners::CgroupMembers(const Napi::CallbackInfo& info) {
  return Do<CgroupProcesses>(info.Env(), [path = RequirePath(info[0], "path")] {
    return ReadCgroupProcesses(path, kMaxMembersBytes);
  });
}

template <typename Result>
Napi::Value SocketOwners::Do(Napi::Env env, std::function<Result()> operation) {
  auto work = std::make_unique<OwnersOperation<Result>>(env);
  work->operation = std::move(operation);
  return thread_.Do(std::move(work));
}

}  // namespace netlink
