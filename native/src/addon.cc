#include <napi.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <variant>

#include "exit-guard.h"
#include "failure-values.h"
#include "file-locks.h"
#include "line-formatter.h"
#include "listening.h"
#include "message-listener.h"
#include "options.h"
#include "packet-capture.h"
#include "poller.h"
#include "reader.h"
#include "relay.h"
#include "requester.h"
#include "socket-owners.h"
#include "table/layouts.h"
#include "util/args.h"
#include "util/clock.h"
#include "util/views.h"
#include "watcher.h"
#include "work/compress-thread.h"
#include "work/file-thread.h"

namespace netlink {
namespace {

/** Keeps data messages, up to a limit in bytes. */
class Collector : public MessageSink {
 public:
  explicit Collector(std::size_t limit) { messages_.limit = limit; }

  Verdict OnMessage(Bytes message) override {
    if (!messages_.HasRoom()) return Verdict::kStop;
    messages_.Append(message);
    return Verdict::kTaken;
  }

  void Clear() { messages_.Clear(); }
  const PackedMessages& messages() const { return messages_; }

 private:
  PackedMessages messages_;
};

/** Runs a dump. Repeats it with larger buffers as long as a message was truncated. */
DumpReport DumpOnce(DumpSpec spec, Collector& collector) {
  ChannelOpener opener = Inside(spec.place, OpenKernelChannel);
  Dumper dumper(std::move(spec), std::move(opener));
  const std::atomic<bool> abandoned = false;
  while (true) {
    DumpReport report = dumper.Run(collector, abandoned);
    const bool truncated = report.failure && report.failure->code == FailureCode::kTruncated;
    if (!truncated || !report.buffers_grown) return report;
    collector.Clear();
  }
}

/** Returns `request.maxBytes`, if set: the size limit of the answer. */
std::optional<std::size_t> ReadMaxBytes(const Napi::Value& request) {
  const Napi::Value limit = RequireObject(request, "request").Get("maxBytes");
  if (limit.IsUndefined()) return std::nullopt;
  const auto most = static_cast<std::int64_t>(PackedMessages{}.limit);
  return static_cast<std::size_t>(RequireInteger(limit, "request.maxBytes", 1, most));
}

Napi::Value Dump(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::optional<std::size_t> max_bytes = ReadMaxBytes(info[0]);
  Collector collector(max_bytes.value_or(PackedMessages{}.limit));
  const std::uint64_t start_ns = RealtimeNs();
  const DumpReport report = DumpOnce(ReadDumpRequest(info[0], "request"), collector);
  const std::uint64_t end_ns = RealtimeNs();
  const bool full = max_bytes && report.failure && report.failure->code == FailureCode::kFull;
  if (report.failure && !full) throw MakeError(env, *report.failure);
  Napi::Object result = Napi::Object::New(env);
  result.Set("isFull", full);
  result.Set("data", CopyOf<Napi::Uint8Array>(env, collector.messages().data));
  result.Set("messages", CopyOf<Napi::Uint32Array>(env, collector.messages().spans));
  result.Set("queryMethod", static_cast<double>(report.query_method));
  result.Set("startNs", Napi::BigInt::New(env, start_ns));
  result.Set("endNs", Napi::BigInt::New(env, end_ns));
  return result;
}

Bytes BytesOf(const Napi::Value& value, const std::string& name) {
  const Napi::Uint8Array array = RequireBytes(value, name);
  return {array.Data(), array.ByteLength()};
}

Napi::Value Differs(const Napi::CallbackInfo& info) {
  // Read the shape first: this may run getters, which may move the bytes.
  const MessageShape shape = ReadMessageShape(info[2], "shape");
  const Bytes previous = BytesOf(info[0], "previous");
  const Bytes current = BytesOf(info[1], "current");
  // The same comparison as in a scan.
  Layouts layouts(shape);
  Comparer comparer(shape);
  const bool differs =
      !layouts.Same(layouts.Of(previous), previous, current) && comparer.Differs(previous, current);
  return Napi::Boolean::New(info.Env(), differs);
}

/** Addon instance of one environment: the main thread and every worker have their own. */
class NetlinkAddon : public Napi::Addon<NetlinkAddon> {
 public:
  NetlinkAddon(Napi::Env env, Napi::Object exports) {
    DefineAddon(
        exports,
        {InstanceValue("Poller", Poller::Define(env, guard_), napi_enumerable),
         InstanceValue("FileThread", FileThread::Define(env), napi_enumerable),
         InstanceValue("CompressThread", CompressThread::Define(env), napi_enumerable),
         InstanceValue("SocketOwners", SocketOwners::Define(env), napi_enumerable),
         InstanceValue("MessageListener", MessageListener::Define(env, guard_), napi_enumerable),
         InstanceValue("LineFormatter", LineFormatter::Define(env), napi_enumerable),
         InstanceValue("PacketCapture", PacketCapture::Define(env, guard_), napi_enumerable),
         InstanceValue("Watcher", Watcher::Define(env, guard_), napi_enumerable),
         InstanceValue("Relay", Relay::Define(env, guard_), napi_enumerable),
         InstanceValue("Requester", Requester::Define(env), napi_enumerable),
         InstanceValue("dump", Napi::Function::New<Dump>(env, "dump"), napi_enumerable),
         InstanceValue("differs", Napi::Function::New<Differs>(env, "differs"), napi_enumerable),
         InstanceValue("listenTcp", Napi::Function::New<ListenTcpValue>(env, "listenTcp"),
                       napi_enumerable),
         InstanceValue("duplicate", Napi::Function::New<DuplicateValue>(env, "duplicate"),
                       napi_enumerable),
         InstanceValue("hasReader", Napi::Function::New<HasReaderValue>(env, "hasReader"),
                       napi_enumerable),
         InstanceValue("isOpenForWriting",
                       Napi::Function::New<IsOpenForWritingValue>(env, "isOpenForWriting"),
                       napi_enumerable),
         InstanceValue("lockFile", Napi::Function::New<LockFileValue>(env, "lockFile"),
                       napi_enumerable)});
  }

 private:
  ExitGuard guard_;
};

}  // namespace

NODE_API_ADDON(NetlinkAddon)

}  // namespace netlink
