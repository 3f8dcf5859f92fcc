#include "compress-thread.h"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "util/args.h"
#include "util/error.h"

namespace netlink {
namespace {

constexpr std::int64_t kMinLevel = 1;
constexpr std::int64_t kMaxLevel = 19;
/** What the window of a frame reaches. */
constexpr std::size_t kMaxContent = 2 * 1024 * 1024;

struct Compression : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override {
    const Bytes encoded = encoder->Encode(content, why);
    frame.assign(encoded.begin(), encoded.end());
  }

  void Settle(Napi::Env env) override {
    if (frame.empty()) {
      deferred.Reject(Napi::Error::New(env, "compress: " + why).Value());
    } else {
      deferred.Resolve(Napi::Buffer<std::uint8_t>::Copy(env, frame.data(), frame.size()));
    }
  }

  std::shared_ptr<FrameEncoder> encoder;
  Bytes content;
  std::vector<std::uint8_t> frame;
  std::string why;
};

const ZstdLibrary& RequireLibrary(Napi::Env env) {
  std::string why;
  const ZstdLibrary* library = LoadZstd(why);
  if (library != nullptr) return *library;
  Napi::Error error = Napi::Error::New(env, "load libzstd: " + why);
  error.Set("code", "ERR_LIBRARY");
  throw error;
}

std::shared_ptr<FrameEncoder> MakeEncoder(const Napi::CallbackInfo& info,
                                          const ZstdLibrary& library) {
  const auto level = static_cast<int>(RequireInteger(info[0], "level", kMinLevel, kMaxLevel));
  try {
    return std::make_shared<FrameEncoder>(library, level);
  } catch (const std::exception& failure) {
    throw Napi::Error::New(info.Env(), std::string("zstd context: ") + failure.what());
  }
}

}  // namespace

Napi::Function CompressThread::Define(Napi::Env env) {
  return DefineClass(env, "CompressThread",
                     {InstanceMethod<&CompressThread::Compress>("compress"),
                      InstanceAccessor<&CompressThread::Version>("version")});
}

CompressThread::CompressThread(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<CompressThread>(info),
      library_(RequireLibrary(info.Env())),
      encoder_(MakeEncoder(info, library_)),
      thread_(info.Env(), "netlink.CompressThread", *this) {}

Napi::Value CompressThread::Compress(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array content = RequireBytes(info[0], "content");
  if (content.ByteLength() == 0 || content.ByteLength() > kMaxContent) {
    ThrowArgument(info.Env(), "content", "1 to 2097152 bytes long");
  }
  auto work = std::make_unique<Compression>(info.Env());
  work->encoder = encoder_;
  work->content = {content.Data(), content.ByteLength()};
  return thread_.Do(std::move(work), content);
}

Napi::Value CompressThread::Version(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), library_.version_string());
}

}  // namespace netlink
