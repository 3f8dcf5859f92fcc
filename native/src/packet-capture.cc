#include "packet-capture.h"

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "failure-values.h"
#include "netlink-args.h"
#include "util/args.h"
#include "util/call-back.h"
#include "util/views.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxInt32 = 0x7fffffff;
constexpr std::int64_t kMaxRingBytes = std::int64_t{1} << 30;
constexpr std::int64_t kDefaultRingBytes = 16 * 1024 * 1024;
constexpr std::int64_t kMinBlockBytes = 64 * 1024;
constexpr std::int64_t kMaxBlockBytes = 16 * 1024 * 1024;
constexpr std::int64_t kDefaultBlockBytes = 1024 * 1024;
constexpr std::int64_t kMaxTimeoutMs = 1000;
constexpr std::int64_t kDefaultTimeoutMs = 10;
constexpr std::int64_t kMaxPendingBytes = std::int64_t{4} << 30;
/** 64 full blocks of the default size. */
constexpr std::int64_t kDefaultPendingBytes = 64 * kDefaultBlockBytes;

std::int32_t ReadInterface(const Napi::Value& value, const std::string& name) {
  return static_cast<std::int32_t>(RequireInteger(value, name, 1, kMaxInt32));
}

PacketCaptureSpec ReadCaptureOptions(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  PacketCaptureSpec spec;
  CaptureSpec& capture = spec.capture;
  capture.filter = ReadFilter(options.Get("filter"), "options.filter");
  RequireSome(value.Env(), capture.filter, "options.filter");
  capture.interface = static_cast<int>(ReadOptional(options, "interfaceIndex", 0, kMaxInt32, 0));
  if (const Napi::Value promiscuous = options.Get("promiscuous"); !promiscuous.IsUndefined()) {
    capture.promiscuous = ReadEach(promiscuous, "options.promiscuous", ReadInterface);
  }
  const std::int64_t block_bytes =
      ReadOptional(options, "blockBytes", kMinBlockBytes, kMaxBlockBytes, kDefaultBlockBytes);
  if (block_bytes % ::sysconf(_SC_PAGESIZE) != 0) {
    ThrowArgument(value.Env(), "options.blockBytes", "a multiple of the size of a page");
  }
  const std::int64_t ring_bytes =
      ReadOptional(options, "ringBytes", 2 * block_bytes, kMaxRingBytes, kDefaultRingBytes);
  const Napi::Value without = options.Get("withoutRing");
  capture.block_bytes = static_cast<std::size_t>(block_bytes);
  capture.block_count =
      without.ToBoolean() ? 0 : static_cast<std::size_t>(ring_bytes / block_bytes);
  capture.receive_buffer = static_cast<std::size_t>(ring_bytes);
  capture.block_timeout_ms = static_cast<std::uint32_t>(
      ReadOptional(options, "blockTimeoutMs", 1, kMaxTimeoutMs, kDefaultTimeoutMs));
  spec.max_pending_bytes = static_cast<std::size_t>(
      ReadOptional(options, "maxPendingBytes", 1, kMaxPendingBytes, kDefaultPendingBytes));
  spec.place = ReadNamespace(options, "options");
  return spec;
}

PacketReader OpenReader(Napi::Env env, const PacketCaptureSpec& spec) {
  auto opened = PacketsInside(spec.place)(spec.capture);
  if (const auto* failure = std::get_if<Failure>(&opened)) throw MakeError(env, *failure);
  return PacketReader(std::move(std::get<PacketChannel>(opened)));
}

}  // namespace

Napi::Function PacketCapture::Define(Napi::Env env, ExitGuard& guard) {
  return DefineClass(env, "PacketCapture",
                     {InstanceMethod<&PacketCapture::Pause>("pause"),
                      InstanceMethod<&PacketCapture::Resume>("resume"),
                      InstanceMethod<&PacketCapture::Close>("close"),
                      InstanceMethod<&PacketCapture::Grant>("grant")},
                     &guard);
}

PacketCapture::PacketCapture(const Napi::CallbackInfo& info)
    : PacketCapture(info, ReadCaptureOptions(info[0])) {}

PacketCapture::PacketCapture(const Napi::CallbackInfo& info, const PacketCaptureSpec& spec)
    : Napi::ObjectWrap<PacketCapture>(info),
      queue_(spec.max_pending_bytes),
      delivery_(*static_cast<ExitGuard*>(info.Data()), thread_,
                {.deliver = [this](Napi::Env env) { return Deliver(env); },
                 .begin = [this] { Ref(); },
                 .end =
                     [this] {
                       on_batch_.Reset();
                       Unref();
                     }}),
      thread_(OpenReader(info.Env(), spec), queue_, [this] { delivery_.WakeUp(); }),
      on_batch_(Napi::Persistent(RequireFunction(info[1], "onBatch"))) {
  delivery_.Start(info.Env(), "netlink.PacketCapture");
}

Napi::Value PacketCapture::Pause(const Napi::CallbackInfo& info) {
  thread_.Pause(true);
  return info.Env().Undefined();
}

Napi::Value PacketCapture::Resume(const Napi::CallbackInfo& info) {
  thread_.Pause(false);
  return info.Env().Undefined();
}

Napi::Value PacketCapture::Close(const Napi::CallbackInfo& info) {
  return delivery_.Close(info.Env());
}

Napi::Value PacketCapture::Grant(const Napi::CallbackInfo& info) {
  const PacketChannel& channel = thread_.channel();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("ringBytes", static_cast<double>(channel.block_bytes * channel.block_count));
  object.Set("receiveBufferBytes", static_cast<double>(channel.receive_buffer));
  if (channel.ring_failure) {
    object.Set("ringFailure", FailureObject(info.Env(), *channel.ring_failure));
  }
  return object;
}

bool PacketCapture::Deliver(Napi::Env env) {
  std::unique_ptr<PacketBlock> block = queue_.Pop();
  if (!block) return false;
  // The capture goes on after an exception.
  CallBack(env, on_batch_, Show(env, *block));
  queue_.Recycle(std::move(block));
  return true;
}

Napi::Object PacketCapture::Show(Napi::Env env, const PacketBlock& block) {
  Packer packer(buffer_.Reserve(env, block.bytes.size()));
  Napi::Object object = Napi::Object::New(env);
  object.Set("block", packer.Put<Napi::Uint8Array>(block.bytes));
  object.Set("packets", Count(env, block.packets));
  object.Set("dropped", Count(env, block.dropped));
  object.Set("freezes", Count(env, block.freezes));
  if (block.failure) object.Set("failure", FailureObject(env, *block.failure));
  return object;
}

}  // namespace netlink
