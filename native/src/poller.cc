#include "poller.h"

#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "failure-values.h"
#include "util/args.h"
#include "util/call-back.h"
#include "util/clock.h"
#include "util/error.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxStride = 1000;

/** Longest time to deliver batches without a pause. On a busy machine they arrive as fast as they
 * are delivered, and timers and file events would wait for ever. */
constexpr std::int64_t kStretchNs = 5'000'000;

std::unique_ptr<Scanner> MakeScanner(SourceSpec source) {
  const NamespacePointer place = source.dump.place;
  return std::make_unique<Scanner>(std::move(source), Inside(place, OpenKernelChannel),
                                   Inside(place, OpenKernelEvents));
}

std::vector<std::unique_ptr<Scanner>> MakeScanners(std::vector<SourceSpec> sources) {
  std::vector<std::unique_ptr<Scanner>> scanners;
  for (SourceSpec& source : sources) scanners.push_back(MakeScanner(std::move(source)));
  return scanners;
}

Napi::Error StateError(Napi::Env env, const char* text) {
  Napi::Error error = Napi::Error::New(env, text);
  error.Set("code", "ERR_STATE");
  return error;
}

Napi::Uint8Array CopyOf(Napi::Env env, const std::vector<std::uint8_t>& bytes) {
  Napi::Uint8Array copy = Napi::Uint8Array::New(env, bytes.size());
  std::memcpy(copy.Data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace

Napi::Function Poller::Define(Napi::Env env, ExitGuard& guard) {
  return DefineClass(
      env, "Poller",
      {InstanceMethod<&Poller::Start>("start"), InstanceMethod<&Poller::Stop>("stop"),
       InstanceMethod<&Poller::AddSource>("addSource"),
       InstanceMethod<&Poller::RemoveSource>("removeSource"),
       InstanceMethod<&Poller::Latest>("latest"), InstanceMethod<&Poller::Size>("size"),
       InstanceMethod<&Poller::Listening>("listening"),
       InstanceMethod<&Poller::SetStride>("setStride"),
       InstanceMethod<&Poller::SetFilters>("setFilters")},
      &guard);
}

Poller::Poller(const Napi::CallbackInfo& info) : Poller(info, ReadPollerOptions(info[0])) {}

Poller::Poller(const Napi::CallbackInfo& info, PollerSpec spec)
    : Napi::ObjectWrap<Poller>(info),
      guard_(*static_cast<ExitGuard*>(info.Data())),
      queue_(spec.max_pending_scans, spec.max_pending_bytes),
      thread_(
          MakeScanners(std::move(spec.sources)), queue_,
          [this] {
            ++wakes_;
            wake_.NonBlockingCall();
          },
          spec.poll),
      on_batch_(Napi::Persistent(RequireFunction(info[1], "onBatch"))) {}

Napi::Value Poller::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (started_ || deferred_) {
    throw StateError(env, "start poller: it was started or stopped before");
  }
  set_immediate_ = Napi::Persistent(env.Global().Get("setImmediate").As<Napi::Function>());
  resume_ = Napi::Persistent(Napi::Function::New(env, [this](const Napi::CallbackInfo& call) {
    resting_ = false;
    if (!thread_.halted()) Work(call.Env());
  }));
  // The queue of wakes is unbounded: the batches have their own limit. It keeps the event loop
  // alive.
  wake_ = Wake::New(env, "netlink.Poller", 0, 1, this);
  try {
    if (const auto failure = thread_.Start()) {
      wake_.Release();
      throw MakeError(env, *failure);
    }
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env, "ERR_THREAD", error.code().value(), "start");
  }
  guard_.Watch(env, thread_);
  started_ = true;
  Ref();
  return env.Undefined();
}

Napi::Value Poller::Stop(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!deferred_) {
    deferred_ = Napi::Promise::Deferred::New(env);
    stopped_ = Napi::Persistent(deferred_->Promise().As<Napi::Object>());
    if (started_ && !thread_.halted()) {
      thread_.Stop();
    } else {
      on_batch_.Reset();
      deferred_->Resolve(env.Undefined());
    }
  }
  return stopped_.Value();
}

Napi::Value Poller::AddSource(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (deferred_) throw StateError(env, "add source: the poller was stopped before");
  SourceSpec source = ReadSourceOptions(info[0], "source");
  if (source.dump.place) {
    if (const auto failure = source.dump.place->Check()) throw MakeError(env, *failure);
  }
  const auto added = thread_.Add(MakeScanner(std::move(source)));
  if (const auto* failure = std::get_if<Failure>(&added)) throw MakeError(env, *failure);
  return Napi::Number::New(env, static_cast<double>(std::get<std::size_t>(added)));
}

Napi::Value Poller::RemoveSource(const Napi::CallbackInfo& info) {
  thread_.Remove(SourceAt(info[0]));
  return info.Env().Undefined();
}

Napi::Value Poller::Latest(const Napi::CallbackInfo& info) {
  const auto bytes = ScannerAt(info[0]).Latest(RequireUint64(info[1], "key"));
  return bytes ? CopyOf(info.Env(), *bytes) : info.Env().Undefined();
}

Napi::Value Poller::Size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ScannerAt(info[0]).Size()));
}

Napi::Value Poller::Listening(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto& listening = ScannerAt(info[0]).listening();
  if (!listening) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  if (const auto* failure = std::get_if<Failure>(&*listening)) {
    object.Set("failure", FailureObject(env, *failure));
  } else {
    const auto& grant = std::get<EventGrant>(*listening);
    object.Set("receiveBufferBytes", static_cast<double>(grant.receive_buffer));
    object.Set("forced", grant.forced);
    object.Set("fallbackFilter", grant.fallback);
  }
  return object;
}

Napi::Value Poller::SetStride(const Napi::CallbackInfo& info) {
  thread_.SetStride(static_cast<unsigned>(RequireInteger(info[0], "stride", 1, kMaxStride)));
  return info.Env().Undefined();
}

Napi::Value Poller::SetFilters(const Napi::CallbackInfo& info) {
  const std::size_t source = SourceAt(info[0]);
  FilterSpec filters = ReadFilters(info[1], "filters");
  if (!thread_.scanners()[source]->Fits(filters.query_methods)) {
    ThrowArgument(info.Env(), "filters.queryMethods", "as many methods and requests as before");
  }
  thread_.scanners()[source]->SetFilters(std::move(filters));
  return info.Env().Undefined();
}

std::size_t Poller::SourceAt(const Napi::Value& value) const {
  const auto& scanners = thread_.scanners();
  const auto last = static_cast<std::int64_t>(scanners.size()) - 1;
  const auto source = static_cast<std::size_t>(RequireInteger(value, "source", 0, last));
  if (!scanners[source]) ThrowArgument(value.Env(), "source", "one that was not removed");
  return source;
}

void Poller::OnWake(Napi::Env env, Napi::Function, Poller* poller, void*) {
  // At the end of the environment the remaining wakes arrive with a null environment. The poller
  // may be destroyed by then. A worker's event loop runs once more after its 'exit' event, which
  // has halted the thread.
  if (static_cast<napi_env>(env) == nullptr || poller->thread_.halted()) return;
  --poller->wakes_;
  if (!poller->resting_) poller->Work(env);
}

void Poller::Work(Napi::Env env) {
  const std::int64_t start = MonotonicNs();
  while (std::unique_ptr<Batch> batch = queue_.Pop()) {
    Deliver(env, *batch);
    if (batch->removed) thread_.Forget(batch->source);
    queue_.Recycle(std::move(batch));
    if (MonotonicNs() - start > kStretchNs) return Rest(env);
  }
  if (thread_.ended() && wakes_ == 0) Finish(env);
}

void Poller::Rest(Napi::Env env) {
  const napi_value resume = resume_.Value();
  napi_value result = nullptr;
  // Fails only when the environment is being torn down.
  resting_ = napi_call_function(env, env.Undefined(), set_immediate_.Value(), 1, &resume,
                                &result) == napi_ok;
}

void Poller::Deliver(Napi::Env env, const Batch& batch) {
  // The poller goes on after an exception.
  CallBack(env, on_batch_, view_.Show(env, batch, queue_.scans()));
}

void Poller::Finish(Napi::Env env) {
  thread_.Join();
  guard_.Forget(env, thread_);
  wake_.Release();
  on_batch_.Reset();
  resume_.Reset();
  deferred_->Resolve(env.Undefined());
  Unref();
}

}  // namespace netlink
