#include "file-thread.h"

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "util/args.h"
#include "util/error.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxMode = 07777;
constexpr std::int64_t kMaxOffset = std::int64_t{1} << 53;

/** Work, who waits for it, and the bytes that it reads. Made and destroyed on JavaScript's thread.
 */
struct AwaitedJob : FileJob {
  explicit AwaitedJob(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise::Deferred deferred;
  Napi::ObjectReference kept;
};

Napi::Value Outcome(Napi::Env env, const FileResult& result) {
  if (result.error == 0) return Napi::Number::New(env, result.fd);
  Napi::Object failure = Napi::Object::New(env);
  failure.Set("errno", static_cast<double>(result.error));
  failure.Set("syscall", result.syscall);
  failure.Set("sound", result.sound);
  return failure;
}

std::string RequirePath(const Napi::Value& value) {
  const std::string path = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.find('\0') != std::string::npos) {
    ThrowArgument(value.Env(), "path", "a path");
  }
  return path;
}

mode_t RequireMode(const Napi::Value& value, const char* name) {
  return static_cast<mode_t>(RequireInteger(value, name, 0, kMaxMode));
}

int RequireFd(const Napi::Value& value) {
  return static_cast<int>(RequireInteger(value, "fd", 0, 0x7fffffff));
}

std::span<const std::uint8_t> Span(const Napi::Uint8Array& bytes) {
  return {bytes.Data(), bytes.ByteLength()};
}

}  // namespace

Napi::Function FileThread::Define(Napi::Env env) {
  return DefineClass(
      env, "FileThread",
      {InstanceMethod<&FileThread::Create>("create"), InstanceMethod<&FileThread::Append>("append"),
       InstanceMethod<&FileThread::Close>("close"), InstanceMethod<&FileThread::Exists>("exists")});
}

FileThread::FileThread(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<FileThread>(info), env_(info.Env()) {
  wake_ = Wake::New(env_, "netlink.FileThread", 0, 1, this);
  wake_.Unref(env_);
  queue_ = std::make_shared<FileQueue>([this] { wake_.NonBlockingCall(); });
  try {
    thread_ = std::thread([queue = queue_] { queue->Work(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env_, "ERR_THREAD", error.code().value(), "start");
  }
  // After the threadsafe function: hooks run in reverse order, and the thread goes first.
  napi_add_env_cleanup_hook(env_, &FileThread::OnTeardown, this);
}

FileThread::~FileThread() {
  if (!thread_.joinable()) return;
  napi_remove_env_cleanup_hook(env_, &FileThread::OnTeardown, this);
  Halt();
  wake_.Release();
}

// process.exit() in the main thread comes past this: a thread that a dead disk holds is left to it.
void FileThread::OnTeardown(void* thread) { static_cast<FileThread*>(thread)->Halt(); }

void FileThread::Halt() {
  queue_->Stop();
  thread_.join();
  queue_ = nullptr;
}

Napi::Value FileThread::Create(const Napi::CallbackInfo& info) {
  const FileModes modes{RequireMode(info[1], "fileMode"), RequireMode(info[2], "folderMode")};
  const Napi::Uint8Array bytes = RequireBytes(info[3], "bytes");
  const auto work = [path = RequirePath(info[0]), modes, span = Span(bytes),
                     closes = info[4].ToBoolean().Value()] {
    return CreateFile(path, modes, span, closes);
  };
  return Do(info.Env(), work, bytes);
}

Napi::Value FileThread::Append(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = RequireBytes(info[2], "bytes");
  const auto work = [fd = RequireFd(info[0]), at = RequireInteger(info[1], "at", 0, kMaxOffset),
                     span = Span(bytes), closes = info[3].ToBoolean().Value()] {
    return AppendFile(fd, at, span, closes);
  };
  return Do(info.Env(), work, bytes);
}

Napi::Value FileThread::Close(const Napi::CallbackInfo& info) {
  return Do(info.Env(), [fd = RequireFd(info[0])] { return CloseFile(fd); });
}

Napi::Value FileThread::Exists(const Napi::CallbackInfo& info) {
  return Do(info.Env(), [path = RequirePath(info[0])] { return FindFile(path); });
}

Napi::Value FileThread::Do(Napi::Env env, std::function<FileResult()> work, Napi::Object kept) {
  auto job = std::make_unique<AwaitedJob>(env);
  if (!kept.IsEmpty()) job->kept = Napi::Persistent(kept);
  job->work = std::move(work);
  const Napi::Promise promise = job->deferred.Promise();
  if (pending_++ == 0) {
    wake_.Ref(env);
    Ref();
  }
  queue_->Push(std::move(job));
  return promise;
}

void FileThread::OnWake(Napi::Env env, Napi::Function, FileThread* thread, void*) {
  // Wakes that are left over at the environment's end come without an environment.
  if (static_cast<napi_env>(env) != nullptr && thread->queue_) thread->Settle(env);
}

void FileThread::Settle(Napi::Env env) {
  const FileQueue::Jobs done = queue_->TakeDone();
  for (const auto& job : done) {
    const auto& awaited = static_cast<AwaitedJob&>(*job);
    awaited.deferred.Resolve(Outcome(env, job->result));
  }
  pending_ -= done.size();
  if (!done.empty() && pending_ == 0) {
    wake_.Unref(env);
    Unref();
  }
}

}  // namespace netlink
