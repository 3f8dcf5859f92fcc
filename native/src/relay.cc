#include "relay.h"

#include <system_error>
#include <utility>
#include <variant>

#include "relay-options.h"
#include "util/args.h"
#include "util/call-back.h"
#include "util/error.h"
#include "util/views.h"

namespace netlink {
Napi::Function Relay::Define(Napi::Env env, ExitGuard& guard) {
  return DefineClass(
      env, "Relay",
      {InstanceMethod<&Relay::Listen>("listen"),
       InstanceMethod<&Relay::StopListening>("stopListening"),
       InstanceMethod<&Relay::Pause>("pause"), InstanceMethod<&Relay::Resume>("resume"),
       InstanceMethod<&Relay::SetMaxOpen>("setMaxOpen"), InstanceMethod<&Relay::Connect>("connect"),
       InstanceMethod<&Relay::Reject>("reject"),
       InstanceMethod<&Relay::CloseConnection>("closeConnection"),
       InstanceMethod<&Relay::SetLimits>("setLimits"), InstanceMethod<&Relay::Rows>("connections"),
       InstanceMethod<&Relay::Totals>("totals"), InstanceMethod<&Relay::Close>("close")},
      &guard);
}

Relay::Relay(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      guard_(*static_cast<ExitGuard*>(info.Data())),
      thread_(ReadRelayOptions(info[0]),
              [this] {
                ++wakes_;
                wake_.NonBlockingCall();
              }),
      on_events_(Napi::Persistent(RequireFunction(info[1], "onEvents"))) {}

void Relay::Start(Napi::Env env) {
  // It keeps the event loop alive.
  wake_ = Wake::New(env, "netlink.Relay", 0, 1, this);
  try {
    thread_.Start();
  } catch (const std::system_error& error) {
    wake_.Release();
    throw MakeError(env, "ERR_THREAD", error.code().value(), "start");
  }
  guard_.Watch(env, thread_);
  Ref();
}

Napi::Value Relay::Listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const RelayListenArguments arguments = ReadRelayListen(info[0]);
  if (deferred_ || thread_.halted()) throw MakeError(env, "ERR_CLOSED", 0, "listen");
  auto opened = relay::OpenListener(arguments.spec);
  if (const auto* failure = std::get_if<CallFailure>(&opened)) {
    throw MakeError(env, "ERR_SYSTEM", failure->error, failure->call);
  }
  if (!thread_.started()) Start(env);
  auto& fd = std::get<UniqueFd>(opened);
  const SocketAddress bound = relay::LocalAddress(fd.get());
  Napi::Object result = Napi::Object::New(env);
  result.Set("listener", Count(env, ++listeners_));
  result.Set("port", Count(env, bound.port()));
  Send(relay::ListenCommand{.listener = listeners_,
                            .fd = std::move(fd),
                            .bound = bound,
                            .max_open = arguments.max_open,
                            .paused = arguments.paused});
  return result;
}

Napi::Value Relay::StopListening(const Napi::CallbackInfo& info) {
  Send(relay::StopCommand{ReadRelayListener(info[0])});
  return info.Env().Undefined();
}

Napi::Value Relay::Pause(const Napi::CallbackInfo& info) {
  Send(relay::PauseCommand{ReadRelayListener(info[0]), true});
  return info.Env().Undefined();
}

Napi::Value Relay::Resume(const Napi::CallbackInfo& info) {
  Send(relay::PauseCommand{ReadRelayListener(info[0]), false});
  return info.Env().Undefined();
}

Napi::Value Relay::SetMaxOpen(const Napi::CallbackInfo& info) {
  const std::uint32_t listener = ReadRelayListener(info[0]);
  Send(relay::MaxOpenCommand{listener, ReadRelayMaxOpen(info[1], "maxOpen")});
  return info.Env().Undefined();
}

Napi::Value Relay::Connect(const Napi::CallbackInfo& info) {
  const std::uint64_t connection = ReadRelayConnection(info[0]);
  Send(relay::ConnectCommand{connection, ReadRelayConnect(info[1])});
  return info.Env().Undefined();
}

Napi::Value Relay::Reject(const Napi::CallbackInfo& info) {
  const std::uint64_t connection = ReadRelayConnection(info[0]);
  Send(relay::RejectCommand{connection, ReadRelayClosing(info[1])});
  return info.Env().Undefined();
}

Napi::Value Relay::CloseConnection(const Napi::CallbackInfo& info) {
  const std::uint64_t connection = ReadRelayConnection(info[0]);
  Send(relay::CloseCommand{connection, ReadRelayClosing(info[1])});
  return info.Env().Undefined();
}

Napi::Value Relay::SetLimits(const Napi::CallbackInfo& info) {
  Send(ReadRelayLimits(info[1], ReadRelayConnection(info[0])));
  return info.Env().Undefined();
}

Napi::Value Relay::Rows(const Napi::CallbackInfo& info) {
  std::vector<double> rows;
  if (thread_.started()) thread_.loop().connections().AppendRows(rows);
  return CopyOf<Napi::Float64Array>(info.Env(), rows);
}

Napi::Value Relay::Totals(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const relay::Totals none;
  const relay::Totals& totals = thread_.started() ? thread_.loop().totals() : none;
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, const relay::Published<std::uint64_t>& value) {
    object.Set(name, Count(env, value.get()));
  };
  set("accepted", totals.accepted);
  set("ended", totals.ended);
  set("waiting", totals.waiting);
  set("buffers", totals.buffers);
  set("memoryBytes", totals.memory_bytes);
  set("clientReceived", totals.bytes.client_received);
  set("backendSent", totals.bytes.backend_sent);
  set("backendReceived", totals.bytes.backend_received);
  set("clientSent", totals.bytes.client_sent);
  set("dumpOmittedBytes", totals.dump_omitted);
  set("wakes", totals.wakes);
  object.Set("cpuNs", static_cast<double>(thread_.CpuNs()));
  return object;
}

Napi::Value Relay::Close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!deferred_) {
    deferred_ = Napi::Promise::Deferred::New(env);
    closed_ = Napi::Persistent(deferred_->Promise().As<Napi::Object>());
    if (!thread_.started() || finished_ || thread_.halted()) {
      deferred_->Resolve(env.Undefined());
    } else {
      thread_.Stop();
    }
  }
  return closed_.Value();
}

void Relay::Send(relay::Command command) {
  if (!thread_.started() || thread_.ended() || thread_.halted()) return;
  if (delivering_) {
    held_.push_back(std::move(command));
  } else {
    thread_.loop().commands().Push(std::move(command));
  }
}

void Relay::OnWake(Napi::Env env, Napi::Function, Relay* relay, void*) {
  // At the end of the environment the remaining wakes arrive with a null environment. The relay may
  // be destroyed by then. A worker's event loop runs once more after its 'exit' event, which has
  // halted the thread.
  if (static_cast<napi_env>(env) == nullptr || relay->thread_.halted()) return;
  --relay->wakes_;
  relay->Deliver(env);
}

void Relay::Deliver(Napi::Env env) {
  // Read before the events: none follow its last ones.
  const bool ended = thread_.ended();
  if (thread_.events().Take(batch_)) {
    Packer packer(buffer_.Reserve(env, batch_.data.size()));
    Napi::Object object = Napi::Object::New(env);
    object.Set("data", packer.Put<Napi::Uint8Array>(batch_.data));
    object.Set("count", Count(env, batch_.count));
    batch_.Clear();
    delivering_ = true;
    CallBack(env, on_events_, object);
    delivering_ = false;
    // The callback may have ended the process.
    if (thread_.halted()) return;
    thread_.loop().commands().Push(held_);
  }
  if (ended && wakes_ == 0) Finish(env);
}

void Relay::Finish(Napi::Env env) {
  if (std::exchange(finished_, true)) return;
  thread_.Join();
  guard_.Forget(env, thread_);
  wake_.Release();
  on_events_.Reset();
  if (deferred_) deferred_->Resolve(env.Undefined());
  Unref();
}

}  // namespace netlink
