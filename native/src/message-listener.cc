#include "message-listener.h"

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
constexpr std::int64_t kMaxBatchBytes = 64 * 1024 * 1024;
constexpr std::int64_t kDefaultBatchBytes = 256 * 1024;
constexpr std::int64_t kMaxPendingBytes = std::int64_t{1} << 30;
constexpr std::int64_t kDefaultPendingBytes = 8 * 1024 * 1024;
constexpr std::int64_t kMaxGatherNs = 10'000'000'000;
constexpr std::int64_t kDefaultGatherNs = 5'000'000;

std::uint32_t ReadGroup(const Napi::Value& value, const std::string& name) {
  return static_cast<std::uint32_t>(RequireInteger(value, name, 1, kMaxGroup));
}

ListenerSpec ReadListenerOptions(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  ListenerSpec spec;
  spec.protocol = ReadProtocol(options, "options");
  GroupSpec& groups = spec.groups;
  groups.groups = ReadEach(options.Get("groups"), "options.groups", ReadGroup);
  RequireSome(value.Env(), groups.groups, "options.groups");
  groups.receive_buffer = static_cast<std::size_t>(RequireInteger(
      options.Get("receiveBufferBytes"), "options.receiveBufferBytes", 1, kMaxInt32));
  const Napi::Value filter = options.Get("filter");
  if (!filter.IsUndefined()) groups.filter = ReadFilter(filter, "options.filter");
  const Napi::Value fallback = options.Get("fallbackFilter");
  if (!fallback.IsUndefined()) {
    groups.fallback_filter = ReadFilter(fallback, "options.fallbackFilter");
  }
  groups.all_namespaces = options.Get("allNamespaces").ToBoolean();
  spec.listen.batch_bytes = static_cast<std::size_t>(
      ReadOptional(options, "batchBytes", 1, kMaxBatchBytes, kDefaultBatchBytes));
  spec.listen.gather_ns = ReadOptional(options, "gatherNs", 0, kMaxGatherNs, kDefaultGatherNs);
  spec.max_pending_bytes = static_cast<std::size_t>(
      ReadOptional(options, "maxPendingBytes", 1, kMaxPendingBytes, kDefaultPendingBytes));
  spec.place = ReadNamespace(options, "options");
  return spec;
}

GroupReader OpenReader(Napi::Env env, const ListenerSpec& spec) {
  auto opened = Inside(spec.place, GroupOpener(OpenGroups))(spec.protocol, spec.groups);
  if (const auto* failure = std::get_if<Failure>(&opened)) throw MakeError(env, *failure);
  return GroupReader(std::move(std::get<EventChannel>(opened)), spec.groups.all_namespaces);
}

}  // namespace

Napi::Function MessageListener::Define(Napi::Env env, ExitGuard& guard) {
  return DefineClass(env, "MessageListener",
                     {InstanceMethod<&MessageListener::Pause>("pause"),
                      InstanceMethod<&MessageListener::Resume>("resume"),
                      InstanceMethod<&MessageListener::Close>("close"),
                      InstanceMethod<&MessageListener::Grant>("grant")},
                     &guard);
}

MessageListener::MessageListener(const Napi::CallbackInfo& info)
    : MessageListener(info, ReadListenerOptions(info[0])) {}

MessageListener::MessageListener(const Napi::CallbackInfo& info, const ListenerSpec& spec)
    : Napi::ObjectWrap<MessageListener>(info),
      with_nsid_(spec.groups.all_namespaces),
      queue_(spec.max_pending_bytes),
      delivery_(*static_cast<ExitGuard*>(info.Data()), thread_,
                {.deliver = [this](Napi::Env env) { return Deliver(env); },
                 .begin = [this] { Ref(); },
                 .end =
                     [this] {
                       on_batch_.Reset();
                       Unref();
                     }}),
      thread_(
          OpenReader(info.Env(), spec), queue_, [this] { delivery_.WakeUp(); }, spec.listen),
      on_batch_(Napi::Persistent(RequireFunction(info[1], "onBatch"))) {
  delivery_.Start(info.Env(), "netlink.MessageListener");
}

Napi::Value MessageListener::Pause(const Napi::CallbackInfo& info) {
  thread_.Pause(true);
  return info.Env().Undefined();
}

Napi::Value MessageListener::Resume(const Napi::CallbackInfo& info) {
  thread_.Pause(false);
  return info.Env().Undefined();
}

Napi::Value MessageListener::Close(const Napi::CallbackInfo& info) {
  return delivery_.Close(info.Env());
}

Napi::Value MessageListener::Grant(const Napi::CallbackInfo& info) {
  const EventGrant& grant = thread_.grant();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("receiveBufferBytes", static_cast<double>(grant.receive_buffer));
  object.Set("forced", grant.forced);
  object.Set("fallbackFilter", grant.fallback);
  return object;
}

bool MessageListener::Deliver(Napi::Env env) {
  std::unique_ptr<MessageBatch> batch = queue_.Pop();
  if (!batch) return false;
  // The listener goes on after an exception.
  CallBack(env, on_batch_, Show(env, *batch));
  queue_.Recycle(std::move(batch));
  return true;
}

Napi::Object MessageListener::Show(Napi::Env env, const MessageBatch& batch) {
  Packer packer(buffer_.Reserve(
      env, batch.received_ns.size() * sizeof(std::uint64_t) +
               (batch.messages.spans.size() + batch.receive_ends.size() + batch.nsids.size()) *
                   sizeof(std::uint32_t) +
               batch.messages.data.size()));
  Napi::Object object = Napi::Object::New(env);
  // The widest elements come first, so that all are aligned.
  object.Set("receivedNs", packer.Put<Napi::BigUint64Array>(batch.received_ns));
  object.Set("receiveEnds", packer.Put<Napi::Uint32Array>(batch.receive_ends));
  object.Set("messages", packer.Put<Napi::Uint32Array>(batch.messages.spans));
  if (with_nsid_) object.Set("nsids", packer.Put<Napi::Int32Array>(batch.nsids));
  object.Set("data", packer.Put<Napi::Uint8Array>(batch.messages.data));
  object.Set("overruns", Count(env, batch.overruns));
  object.Set("lost", Count(env, batch.lost));
  object.Set("broken", Count(env, batch.broken));
  object.Set("unrelated", Count(env, batch.unrelated));
  if (batch.failure) object.Set("failure", FailureObject(env, *batch.failure));
  return object;
}

}  // namespace netlink
