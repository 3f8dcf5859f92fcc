#include "compress-thread.h"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "../util/args.h"
#include "../util/error.h"
#include "kept-bytes.h"

namespace netlink {
namespace {

constexpr std::int64_t kMinLevel = 1;
constexpr std::int64_t kMaxLevel = 19;
/** Window size of a frame, in bytes. */
constexpr std::size_t kMaxContent = 2 * 1024 * 1024;

struct Compression : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override {
    std::vector<Bytes> content;
    for (const KeptBytes& piece : pieces) content.push_back(piece.bytes());
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
  std::vector<KeptBytes> pieces;
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
  const Napi::Env env = info.Env();
  const Napi::Array pieces = RequireArray(info[0], "pieces");
  auto work = std::make_unique<Compression>(env);
  work->encoder = encoder_;
  std::size_t length = 0;
  for (std::uint32_t i = 0; i < pieces.Length(); ++i) {
    const Napi::Uint8Array piece = RequireBytes(pieces[i], ElementName("pieces", i));
    work->pieces.emplace_back(piece);
    length += piece.ByteLength();
  }
  if (length == 0 || length > kMaxContent) {
    ThrowArgument(env, "pieces", "1 to 2097152 bytes long");
  }
  return thread_.Do(std::move(work));
}

Napi::Value CompressThread::Version(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), library_.version_string());
}

}  // namespace netlink
