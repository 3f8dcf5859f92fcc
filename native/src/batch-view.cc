#include "batch-view.h"

#include <cstdint>
#include <vector>

#include "failure-values.h"
#include "util/views.h"

namespace netlink {
namespace {

Napi::Value Nanoseconds(Napi::Env env, std::int64_t ns) {
  return Napi::Number::New(env, static_cast<double>(ns));
}

Napi::Array Durations(Napi::Env env, const std::vector<std::int64_t>& all) {
  Napi::Array array = Napi::Array::New(env, all.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) array.Set(i, Nanoseconds(env, all[i]));
  return array;
}

void SetDestroyed(Napi::Env env, Napi::Object& object, const DestroyedKeys& destroyed) {
  object.Set("takenNs", Napi::BigInt::New(env, destroyed.taken_ns));
  object.Set("overruns", Count(env, destroyed.overruns));
  object.Set("lost", Count(env, destroyed.lost));
  object.Set("discarded", Count(env, destroyed.discarded));
  if (destroyed.failure) object.Set("failure", FailureObject(env, *destroyed.failure));
}

void SetNumbers(Napi::Env env, Napi::Object& object, const Batch& batch) {
  object.Set("scan", Count(env, batch.scan));
  object.Set("startNs", Napi::BigInt::New(env, batch.start_ns));
  object.Set("endNs", Napi::BigInt::New(env, batch.end_ns));
  object.Set("durationNs", Nanoseconds(env, batch.duration_ns));
  object.Set("requestNs", Durations(env, batch.request_ns));
  object.Set("intervalNs", Nanoseconds(env, batch.interval_ns));
  object.Set("lateNs", Nanoseconds(env, batch.late_ns));
  object.Set("beatsMissed", Count(env, batch.beats_missed));
  object.Set("beatsHeld", Count(env, batch.beats_held));
  object.Set("beatsSlowed", Count(env, batch.beats_slowed));
  object.Set("beatsLimited", Count(env, batch.beats_limited));
  object.Set("effectiveIntervalNs", Nanoseconds(env, batch.effective_interval_ns));
  object.Set("queryMethod", Count(env, batch.query_method));
  if (batch.failure) object.Set("failure", FailureObject(env, *batch.failure));
  object.Set("seen", Count(env, batch.seen));
  object.Set("discarded", Count(env, batch.discarded));
  object.Set("unrelated", Count(env, batch.unrelated));
}

const char* KindOf(const Batch& batch) {
  if (batch.removed) return "removed";
  return batch.scanned ? "scan" : "destroyed";
}

}  // namespace

Napi::Object BatchView::Show(Napi::Env env, const Batch& batch, std::size_t pending) {
  if (batch.quiet.count > 0) return ShowQuiet(env, batch, pending);
  Napi::Object object = Napi::Object::New(env);
  Napi::Object destroyed = Napi::Object::New(env);
  const PackedMessages& events = batch.destroyed.messages;
  const std::size_t words = batch.changed.spans.size() + batch.tally.size() + events.spans.size() +
                            batch.destroyed.last_scans.size();
  Packer packer(buffer_.Reserve(env, batch.gone.size() * sizeof(std::uint64_t) +
                                         words * sizeof(std::uint32_t) + batch.changed.data.size() +
                                         events.data.size()));
  object.Set("kind", KindOf(batch));
  object.Set("source", Count(env, batch.source));
  object.Set("pending", Count(env, pending));
  // The widest elements come first, so that all are aligned.
  const auto gone = packer.Put<Napi::BigUint64Array>(batch.gone);
  const auto changed = packer.Put<Napi::Uint32Array>(batch.changed.spans);
  const auto tally = packer.Put<Napi::Uint32Array>(batch.tally);
  destroyed.Set("messages", packer.Put<Napi::Uint32Array>(events.spans));
  destroyed.Set("lastScans", packer.Put<Napi::Uint32Array>(batch.destroyed.last_scans));
  const auto data = packer.Put<Napi::Uint8Array>(batch.changed.data);
  destroyed.Set("data", packer.Put<Napi::Uint8Array>(events.data));
  SetDestroyed(env, destroyed, batch.destroyed);
  object.Set("destroyed", destroyed);
  if (batch.scanned || batch.removed) object.Set("gone", gone);
  if (!batch.scanned) return object;
  SetNumbers(env, object, batch);
  object.Set("changed", changed);
  object.Set("tally", tally);
  object.Set("data", data);
  return object;
}

Napi::Object BatchView::ShowQuiet(Napi::Env env, const Batch& batch, std::size_t pending) {
  const QuietScans& quiet = batch.quiet;
  Napi::Object object = Napi::Object::New(env);
  Packer packer(buffer_.Reserve(env, quiet.times_ns.size() * sizeof(std::uint64_t) +
                                         quiet.figures.size() * sizeof(double) +
                                         quiet.tally.size() * sizeof(std::uint32_t)));
  object.Set("kind", "quiet");
  object.Set("source", Count(env, batch.source));
  object.Set("pending", Count(env, pending));
  object.Set("scan", Count(env, quiet.first));
  object.Set("count", Count(env, quiet.count));
  object.Set("queryMethod", Count(env, quiet.query_method));
  object.Set("requests", Count(env, quiet.requests));
  object.Set("timesNs", packer.Put<Napi::BigUint64Array>(quiet.times_ns));
  object.Set("figures", packer.Put<Napi::Float64Array>(quiet.figures));
  object.Set("tally", packer.Put<Napi::Uint32Array>(quiet.tally));
  return object;
}

}  // namespace netlink
