#include "watcher.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "failure-values.h"
#include "netlink-args.h"
#include "netlink/asker.h"
#include "options.h"
#include "util/args.h"
#include "util/call-back.h"
#include "util/views.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxNumber = 0xffffffff;
constexpr std::int64_t kMinIntervalNs = 1'000'000;
constexpr std::int64_t kMaxIntervalNs = 3'600'000'000'000;
constexpr std::int64_t kMaxGatherNs = 10'000'000'000;
constexpr std::int64_t kMaxPendingBytes = std::int64_t{1} << 30;
constexpr std::int64_t kDefaultPendingBytes = 16 * 1024 * 1024;

WatchSpec ReadWatchOptions(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  WatchSpec spec;
  spec.protocol = ReadProtocol(options, "options");
  spec.data_types = ReadEach(options.Get("dataTypes"), "options.dataTypes", ReadMessageType);
  spec.shape = ReadMessageShape(value, "options");
  spec.leftovers = ReadLeftovers(options, "options", spec.shape);
  spec.gather_ns = ReadOptional(options, "gatherNs", 0, kMaxGatherNs, 0);
  spec.max_pending_bytes = static_cast<std::size_t>(
      ReadOptional(options, "maxPendingBytes", 1, kMaxPendingBytes, kDefaultPendingBytes));
  return spec;
}

std::vector<std::uint8_t> ReadRequest(const Napi::Value& value) {
  const Napi::Uint8Array array = RequireBytes(value, "request");
  const Bytes bytes(array.Data(), array.ByteLength());
  if (CountRequests(bytes) != 1 || Load<MessageHeader>(bytes.data()).flags != kFlagRequest) {
    ThrowArgument(value.Env(), "request", "one whole netlink message with NLM_F_REQUEST alone");
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Napi::Function Watcher::Define(Napi::Env env, ExitGuard& guard) {
  return DefineClass(
      env, "Watcher",
      {InstanceMethod<&Watcher::AddSource>("addSource"),
       InstanceMethod<&Watcher::RemoveSource>("removeSource"), InstanceMethod<&Watcher::Add>("add"),
       InstanceMethod<&Watcher::Remove>("remove"), InstanceMethod<&Watcher::Flush>("flush"),
       InstanceMethod<&Watcher::Close>("close")},
      &guard);
}

Watcher::Watcher(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Watcher>(info),
      delivery_(*static_cast<ExitGuard*>(info.Data()), thread_,
                {.deliver = [this](Napi::Env env) { return Deliver(env); },
                 .begin = [this] { Ref(); },
                 .end =
                     [this] {
                       on_batch_.Reset();
                       Unref();
                     }}),
      thread_(ReadWatchOptions(info[0]), [this] { delivery_.WakeUp(); }),
      on_batch_(Napi::Persistent(RequireFunction(info[1], "onBatch"))),
      protocol_(ReadProtocol(RequireObject(info[0], "options"), "options")) {
  delivery_.Start(info.Env(), "netlink.Watcher");
}

Napi::Value Watcher::AddSource(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NamespacePointer place = ReadNamespace(RequireObject(info[0], "source"), "source");
  const std::size_t source = last_source_ + 1;
  if (const auto failure = thread_.AddSource(source, Inside(place, OpenKernelChannel))) {
    throw MakeError(env, *failure);
  }
  last_source_ = source;
  sources_.insert(source);
  return Count(env, source);
}

Napi::Value Watcher::RemoveSource(const Napi::CallbackInfo& info) {
  const std::size_t source = SourceAt(info[0]);
  sources_.erase(source);
  thread_.RemoveSource(source);
  return info.Env().Undefined();
}

Napi::Value Watcher::Add(const Napi::CallbackInfo& info) {
  WatchedKey key;
  key.source = SourceAt(info[0]);
  key.request = ReadRequest(info[1]);
  key.key = RequireUint64(info[2], "key");
  key.interval_ns = RequireInteger(info[3], "intervalNs", kMinIntervalNs, kMaxIntervalNs);
  key.number = ++last_number_;
  thread_.Add(std::move(key));
  return Count(info.Env(), last_number_);
}

Napi::Value Watcher::Remove(const Napi::CallbackInfo& info) {
  thread_.Remove(static_cast<std::uint32_t>(RequireInteger(info[0], "watch", 1, kMaxNumber)));
  return info.Env().Undefined();
}

Napi::Value Watcher::Flush(const Napi::CallbackInfo& info) {
  if (!delivering_ && !thread_.halted() && !on_batch_.IsEmpty()) Deliver(info.Env());
  return info.Env().Undefined();
}

Napi::Value Watcher::Close(const Napi::CallbackInfo& info) { return delivery_.Close(info.Env()); }

bool Watcher::Deliver(Napi::Env env) {
  batch_.Clear();
  if (!thread_.Take(batch_)) return false;
  delivering_ = true;
  // The reads go on after an exception.
  CallBack(env, on_batch_, Show(env, batch_));
  delivering_ = false;
  thread_.Resume();
  return true;
}

Napi::Object Watcher::Show(Napi::Env env, const WatchBatch& batch) {
  const WatchFigures& figures = batch.figures;
  const std::vector<std::uint32_t> lateness(figures.lateness.begin(), figures.lateness.end());
  const std::size_t words = batch.changed.spans.size() + batch.watches.size() + lateness.size();
  Packer packer(buffer_.Reserve(env, batch.times_ns.size() * sizeof(std::uint64_t) +
                                         words * sizeof(std::uint32_t) + batch.changed.data.size() +
                                         sizeof(std::uint64_t)));
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", "watch");
  // The widest elements come first, and messages are aligned to 8 bytes.
  object.Set("timesNs", packer.Put<Napi::BigUint64Array>(batch.times_ns));
  object.Set("data", packer.Put<Napi::Uint8Array>(batch.changed.data));
  object.Set("changed", packer.Put<Napi::Uint32Array>(batch.changed.spans));
  object.Set("watches", packer.Put<Napi::Uint32Array>(batch.watches));
  object.Set("lateness", packer.Put<Napi::Uint32Array>(lateness));
  object.Set("latenessSumNs", Napi::Number::New(env, figures.lateness_sum_ns));
  object.Set("answered", Count(env, figures.answered));
  object.Set("missing", Count(env, figures.missing));
  object.Set("leftover", Count(env, figures.leftover));
  object.Set("failed", Count(env, figures.failed));
  object.Set("skipped", Count(env, figures.skipped));
  if (batch.failure) object.Set("failure", FailureObject(env, *batch.failure));
  return object;
}

std::size_t Watcher::SourceAt(const Napi::Value& value) const {
  const auto source = static_cast<std::size_t>(RequireInteger(value, "source", 1, kMaxNumber));
  if (!sources_.contains(source)) ThrowArgument(value.Env(), "source", "one that was added");
  return source;
}

}  // namespace netlink
