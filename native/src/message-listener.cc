#include "message-listener.h"

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "failure-values.h"
#include "netlink-args.h"
#include "util/args.h"
#include "util/call-back.h"
#include "util/clock.h"
#include "util/error.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxInt32 = 0x7fffffff;
constexpr std::int64_t kMaxBatchBytes = 64 * 1024 * 1024;
constexpr std::int64_t kDefaultBatchBytes = 256 * 1024;
constexpr std::int64_t kMaxPendingBytes = std::int64_t{1} << 30;
constexpr std::int64_t kDefaultPendingBytes = 8 * 1024 * 1024;
constexpr std::int64_t kMaxGatherNs = 10'000'000'000;
constexpr std::int64_t kDefaultGatherNs = 5'000'000;

/** Longest time to deliver batches without a pause: timers and file events would wait. */
constexpr std::int64_t kStretchNs = 5'000'000;

std::int64_t ReadOptional(const Napi::Object& options, const char* name, std::int64_t low,
                          std::int64_t high, std::int64_t fallback) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return fallback;
  return RequireInteger(value, std::string("options.") + name, low, high);
}

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

Napi::Value Count(Napi::Env env, std::uint64_t count) {
  return Napi::Number::New(env, static_cast<double>(count));
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
      guard_(*static_cast<ExitGuard*>(info.Data())),
      with_nsid_(spec.groups.all_namespaces),
      queue_(spec.max_pending_bytes),
      thread_(
          OpenReader(info.Env(), spec), queue_,
          [this] {
            ++wakes_;
            wake_.NonBlockingCall();
          },
          spec.listen),
      on_batch_(Napi::Persistent(RequireFunction(info[1], "onBatch"))) {
  Start(info.Env());
}

void MessageListener::Start(Napi::Env env) {
  set_immediate_ = Napi::Persistent(env.Global().Get("setImmediate").As<Napi::Function>());
  resume_ = Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& call) {
    resting_ = false;
    if (!thread_.halted()) Work(call.Env());
  }));
  // The queue of wakes is unbounded: the batches have their own limit. It keeps the event loop
  // alive.
  wake_ = Wake::New(env, "netlink.MessageListener", 0, 1, this);
  try {
    thread_.Start();
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env, "ERR_THREAD", error.code().value(), "start");
  }
  guard_.Watch(env, thread_);
  Ref();
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
  const Napi::Env env = info.Env();
  if (!deferred_) {
    deferred_ = Napi::Promise::Deferred::New(env);
    closed_ = Napi::Persistent(deferred_->Promise().As<Napi::Object>());
    if (finished_ || thread_.halted()) {
      deferred_->Resolve(env.Undefined());
    } else {
      thread_.Stop();
    }
  }
  return closed_.Value();
}

Napi::Value MessageListener::Grant(const Napi::CallbackInfo& info) {
  const EventGrant& grant = thread_.grant();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("receiveBufferBytes", static_cast<double>(grant.receive_buffer));
  object.Set("forced", grant.forced);
  object.Set("fallbackFilter", grant.fallback);
  return object;
}

void MessageListener::OnWake(Napi::Env env, Napi::Function, MessageListener* listener, void*) {
  // At the end of the environment the remaining wakes arrive with a null environment. The listener
  // may be destroyed by then. A worker's event loop runs once more after its 'exit' event, which
  // has halted the thread.
  if (static_cast<napi_env>(env) == nullptr || listener->thread_.halted()) return;
  --listener->wakes_;
  if (!listener->resting_) listener->Work(env);
}

void MessageListener::Work(Napi::Env env) {
  const std::int64_t start = MonotonicNs();
  while (std::unique_ptr<MessageBatch> batch = queue_.Pop()) {
    Deliver(env, *batch);
    queue_.Recycle(std::move(batch));
    // The callback may have ended the process.
    if (thread_.halted()) return;
    thread_.Resume();
    if (MonotonicNs() - start > kStretchNs) return Rest(env);
  }
  if (thread_.ended() && wakes_ == 0) Finish(env);
}

void MessageListener::Rest(Napi::Env env) {
  const napi_value resume = resume_.Value();
  napi_value result = nullptr;
  // Fails only when the environment is being torn down.
  resting_ = napi_call_function(env, env.Undefined(), set_immediate_.Value(), 1, &resume,
                                &result) == napi_ok;
}

void MessageListener::Deliver(Napi::Env env, const MessageBatch& batch) {
  // The listener goes on after an exception.
  CallBack(env, on_batch_, Show(env, batch));
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

void MessageListener::Finish(Napi::Env env) {
  if (std::exchange(finished_, true)) return;
  thread_.Join();
  guard_.Forget(env, thread_);
  wake_.Release();
  on_batch_.Reset();
  resume_.Reset();
  if (deferred_) deferred_->Resolve(env.Undefined());
  Unref();
}

}  // namespace netlink
