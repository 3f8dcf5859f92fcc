#include "requester.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "failure-values.h"
#include "netlink-args.h"
#include "util/args.h"
#include "util/error.h"
#include "util/views.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxPartBytes = 64 * 1024 * 1024;
constexpr std::int64_t kDefaultPartBytes = 256 * 1024;
constexpr std::int64_t kMaxNumber = 0xffffffff;

struct AskOperation : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override { answers = asker->Ask(std::move(requests), *abandoned); }

  void Settle(Napi::Env env) override {
    if (answers.failure && *abandoned) return RejectClosed(env);
    if (answers.failure) return deferred.Reject(MakeError(env, *answers.failure).Value());
    Napi::Object object = Napi::Object::New(env);
    object.Set("data", CopyOf<Napi::Uint8Array>(env, answers.messages.data));
    object.Set("messages", CopyOf<Napi::Uint32Array>(env, answers.messages.spans));
    object.Set("requests", CopyOf<Napi::Uint32Array>(env, answers.requests));
    object.Set("errnos", CopyOf<Napi::Uint16Array>(env, answers.errors));
    object.Set("unrelated", static_cast<double>(answers.unrelated));
    deferred.Resolve(object);
  }

  std::shared_ptr<Asker> asker;
  std::shared_ptr<const std::atomic<bool>> abandoned;
  std::vector<std::uint8_t> requests;
  Answers answers;
};

struct PartOperation : AwaitedWork {
  using AwaitedWork::AwaitedWork;

  void Run() override {
    // A part that was asked for before the last one arrived.
    if (dump->over) return;
    part = dump->stream.Next(dump->abandoned);
    dump->over = part->last || part->failure;
  }

  void Settle(Napi::Env env) override {
    if (!part) return deferred.Resolve(env.Undefined());
    if (part->failure && *abandoned) return RejectClosed(env);
    if (part->failure) return deferred.Reject(MakeError(env, *part->failure).Value());
    Napi::Object object = Napi::Object::New(env);
    object.Set("data", CopyOf<Napi::Uint8Array>(env, part->messages.data));
    object.Set("messages", CopyOf<Napi::Uint32Array>(env, part->messages.spans));
    object.Set("isLast", part->last);
    object.Set("isInterrupted", part->interrupted);
    object.Set("discarded", static_cast<double>(part->counts.discarded));
    object.Set("unrelated", static_cast<double>(part->counts.unrelated));
    deferred.Resolve(object);
  }

  std::shared_ptr<OpenDump> dump;
  std::shared_ptr<const std::atomic<bool>> abandoned;
  std::optional<DumpPart> part;
};

std::vector<std::uint8_t> ReadRequests(const Napi::Value& value) {
  const Napi::Uint8Array array = RequireBytes(value, "requests");
  std::vector<std::uint8_t> requests(array.Data(), array.Data() + array.ByteLength());
  if (!CountRequests(requests)) {
    ThrowArgument(value.Env(), "requests",
                  "whole netlink messages with NLM_F_REQUEST, none of them a dump");
  }
  return requests;
}

DumpStreamSpec ReadDumpOptions(const Napi::Value& value, int protocol) {
  const Napi::Object options = RequireObject(value, "options");
  DumpStreamSpec spec;
  spec.protocol = protocol;
  spec.request = ReadDumpMessage(options.Get("request"), "options.request");
  spec.data_types = ReadEach(options.Get("dataTypes"), "options.dataTypes", ReadMessageType);
  const Napi::Value part = options.Get("partBytes");
  spec.part_bytes = static_cast<std::size_t>(
      part.IsUndefined() ? kDefaultPartBytes
                         : RequireInteger(part, "options.partBytes", 1, kMaxPartBytes));
  return spec;
}

}  // namespace

Napi::Function Requester::Define(Napi::Env env) {
  return DefineClass(
      env, "Requester",
      {InstanceMethod<&Requester::Ask>("ask"), InstanceMethod<&Requester::AskNow>("askNow"),
       InstanceMethod<&Requester::StartDump>("startDump"),
       InstanceMethod<&Requester::NextPart>("nextPart"),
       InstanceMethod<&Requester::EndDump>("endDump"), InstanceMethod<&Requester::Close>("close")});
}

Requester::Requester(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Requester>(info),
      protocol_(ReadProtocol(RequireObject(info[0], "options"), "options")),
      place_(ReadNamespace(RequireObject(info[0], "options"), "options")),
      asker_(std::make_shared<Asker>(protocol_, Inside(place_, OpenKernelChannel))),
      thread_(info.Env(), "netlink.Requester", *this) {}

Requester::~Requester() { Abandon(); }

void Requester::Abandon() {
  *abandoned_ = true;
  for (const auto& [number, dump] : dumps_) dump->abandoned = true;
}

Napi::Value Requester::Ask(const Napi::CallbackInfo& info) {
  auto work = std::make_unique<AskOperation>(info.Env());
  work->requests = ReadRequests(info[0]);
  work->asker = asker_;
  work->abandoned = abandoned_;
  return thread_.Do(std::move(work));
}

Napi::Value Requester::AskNow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Uint8Array request = RequireBytes(info[0], "request");
  const Bytes bytes(request.Data(), request.ByteLength());
  if (CountRequests(bytes) != 1) {
    ThrowArgument(env, "request", "one whole netlink message with NLM_F_REQUEST, and no dump");
  }
  Napi::Uint8Array answer = RequireBytes(info[1], "answer");
  if (thread_.closed()) throw MakeError(env, "ERR_CLOSED", 0, "askNow");
  if (!direct_) direct_.emplace(protocol_, Inside(place_, OpenKernelChannel));
  const auto result = direct_->Ask(bytes, {answer.Data(), answer.ByteLength()});
  if (const auto* failure = std::get_if<Failure>(&result)) throw MakeError(env, *failure);
  return Napi::Number::New(env, static_cast<double>(std::get<std::int64_t>(result)));
}

Napi::Value Requester::StartDump(const Napi::CallbackInfo& info) {
  DumpStreamSpec spec = ReadDumpOptions(info[0], protocol_);
  // A number as any other: its first part reports that the requester is closed.
  if (thread_.closed()) return Napi::Number::New(info.Env(), ++last_dump_);
  dumps_.emplace(++last_dump_,
                 std::make_shared<OpenDump>(std::move(spec), Inside(place_, OpenKernelChannel)));
  return Napi::Number::New(info.Env(), last_dump_);
}

Napi::Value Requester::NextPart(const Napi::CallbackInfo& info) {
  const auto number = static_cast<std::uint32_t>(RequireInteger(info[0], "dump", 1, kMaxNumber));
  const auto found = dumps_.find(number);
  if (found == dumps_.end() && !thread_.closed()) {
    ThrowArgument(info.Env(), "dump", "one that was started");
  }
  auto work = std::make_unique<PartOperation>(info.Env());
  if (thread_.closed()) return thread_.Do(std::move(work));
  work->dump = found->second;
  work->abandoned = abandoned_;
  return thread_.Do(std::move(work));
}

Napi::Value Requester::EndDump(const Napi::CallbackInfo& info) {
  const auto number = static_cast<std::uint32_t>(RequireInteger(info[0], "dump", 1, kMaxNumber));
  const auto found = dumps_.find(number);
  if (found != dumps_.end()) {
    found->second->abandoned = true;
    dumps_.erase(found);
  }
  return info.Env().Undefined();
}

Napi::Value Requester::Close(const Napi::CallbackInfo&) {
  Abandon();
  dumps_.clear();
  asker_ = nullptr;
  direct_.reset();
  place_ = nullptr;
  return thread_.Close();
}

}  // namespace netlink
