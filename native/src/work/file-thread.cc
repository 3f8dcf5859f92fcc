#include "file-thread.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../util/args.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxMode = 07777;
constexpr std::int64_t kMaxOffset = std::int64_t{1} << 53;

Napi::Value Outcome(Napi::Env env, const FileResult& result) {
  if (result.error == 0) return Napi::Number::New(env, result.fd);
  Napi::Object failure = Napi::Object::New(env);
  failure.Set("errno", static_cast<double>(result.error));
  failure.Set("syscall", result.syscall);
  failure.Set("sound", result.sound);
  return failure;
}

struct FileOperation : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override { result = operation(); }
  void Settle(Napi::Env env) override { deferred.Resolve(Outcome(env, result)); }

  std::function<FileResult()> operation;
  /** Bytes that the operation reads. */
  KeptBytes kept;
  FileResult result;
};

struct SyncOperation : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override { result = sync->Sync(folders, fds); }

  void Settle(Napi::Env env) override {
    if (result.error == 0) {
      deferred.Resolve(Napi::Number::New(env, -1));
      return;
    }
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("errno", static_cast<double>(result.error));
    failure.Set("syscall", result.syscall);
    Napi::Array failed = Napi::Array::New(env, result.failed.size());
    for (std::uint32_t i = 0; i < result.failed.size(); ++i) failed[i] = result.failed[i];
    failure.Set("failed", failed);
    deferred.Resolve(failure);
  }

  std::shared_ptr<FileSync> sync;
  std::vector<std::string> folders;
  std::vector<int> fds;
  SyncResult result;
};

mode_t RequireMode(const Napi::Value& value, const char* name) {
  return static_cast<mode_t>(RequireInteger(value, name, 0, kMaxMode));
}

int RequireFd(const Napi::Value& value, const std::string& name = "fd", int low = 0) {
  return static_cast<int>(RequireInteger(value, name, low, 0x7fffffff));
}

}  // namespace

Napi::Function FileThread::Define(Napi::Env env) {
  return DefineClass(
      env, "FileThread",
      {InstanceMethod<&FileThread::Create>("create"), InstanceMethod<&FileThread::Append>("append"),
       InstanceMethod<&FileThread::Close>("close"), InstanceMethod<&FileThread::Discard>("discard"),
       InstanceMethod<&FileThread::Exists>("exists"), InstanceMethod<&FileThread::Sync>("sync")});
}

FileThread::FileThread(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<FileThread>(info), thread_(info.Env(), "netlink.FileThread", *this) {}

Napi::Value FileThread::Create(const Napi::CallbackInfo& info) {
  const FileModes modes{RequireMode(info[1], "fileMode"), RequireMode(info[2], "folderMode")};
  KeptBytes kept(RequireBytes(info[3], "bytes"));
  auto operation = [path = RequirePath(info[0], "path"), modes, bytes = kept.bytes(),
                    closes = info[4].ToBoolean().Value()] {
    return CreateFile(path, modes, bytes, closes);
  };
  return Do(info.Env(), std::move(operation), std::move(kept));
}

Napi::Value FileThread::Append(const Napi::CallbackInfo& info) {
  KeptBytes kept(RequireBytes(info[2], "bytes"));
  auto operation = [fd = RequireFd(info[0]), at = RequireInteger(info[1], "at", 0, kMaxOffset),
                    bytes = kept.bytes(), closes = info[3].ToBoolean().Value()] {
    return AppendFile(fd, at, bytes, closes);
  };
  return Do(info.Env(), std::move(operation), std::move(kept));
}

Napi::Value FileThread::Close(const Napi::CallbackInfo& info) {
  return Do(info.Env(), [fd = RequireFd(info[0])] { return CloseFile(fd); });
}

Napi::Value FileThread::Discard(const Napi::CallbackInfo& info) {
  auto operation = [path = RequirePath(info[0], "path"), fd = RequireFd(info[1], "fd", -1),
                    length = RequireInteger(info[2], "length", 0, kMaxOffset)] {
    return DiscardFile(path, fd, length);
  };
  return Do(info.Env(), std::move(operation));
}

Napi::Value FileThread::Exists(const Napi::CallbackInfo& info) {
  return Do(info.Env(), [path = RequirePath(info[0], "path")] { return FindFile(path); });
}

Napi::Value FileThread::Sync(const Napi::CallbackInfo& info) {
  auto work = std::make_unique<SyncOperation>(info.Env());
  work->sync = sync_;
  const Napi::Array folders = RequireArray(info[0], "folders");
  for (std::uint32_t i = 0; i < folders.Length(); ++i) {
    work->folders.push_back(RequirePath(folders[i], ElementName("folders", i)));
  }
  const Napi::Array fds = RequireArray(info[1], "fds");
  for (std::uint32_t i = 0; i < fds.Length(); ++i) {
    work->fds.push_back(RequireFd(fds[i], ElementName("fds", i)));
  }
  return thread_.Do(std::move(work));
}

Napi::Value FileThread::Do(Napi::Env env, std::function<FileResult()> operation, KeptBytes kept) {
  auto work = std::make_unique<FileOperation>(env);
  work->operation = std::move(operation);
  work->kept = std::move(kept);
  return thread_.Do(std::move(work));
}

}  // namespace netlink
