#include "batch-view.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "failure-values.h"

namespace netlink {
namespace {

constexpr std::size_t kSmallestBuffer = 64 * 1024;

/** Number of batches after which a buffer that is much too large is replaced: about ten seconds at
 * the default beat. */
constexpr unsigned kWatch = 1024;

Napi::Value Nanoseconds(Napi::Env env, std::int64_t ns) {
  return Napi::Number::New(env, static_cast<double>(ns));
}

Napi::Value Count(Napi::Env env, std::uint64_t count) {
  return Napi::Number::New(env, static_cast<double>(count));
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

/** Copies arrays into one buffer, one after the other. The caller puts the widest elements first,
 * so that all arrays are aligned. */
class Packer {
 public:
  explicit Packer(Napi::ArrayBuffer buffer) : buffer_(buffer) {}

  template <typename View, typename T>
  View Put(const std::vector<T>& values) {
    const std::size_t bytes = values.size() * sizeof(T);
    if (bytes > 0) {
      std::memcpy(static_cast<std::uint8_t*>(buffer_.Data()) + used_, values.data(), bytes);
    }
    View view = View::New(buffer_.Env(), values.size(), buffer_, used_);
    used_ += bytes;
    return view;
  }

 private:
  Napi::ArrayBuffer buffer_;
  std::size_t used_ = 0;
};

}  // namespace

Napi::Object BatchView::Show(Napi::Env env, const Batch& batch, std::size_t pending) {
  if (batch.quiet.count > 0) return ShowQuiet(env, batch, pending);
  Napi::Object object = Napi::Object::New(env);
  Napi::Object destroyed = Napi::Object::New(env);
  const PackedMessages& events = batch.destroyed.messages;
  const std::size_t words = batch.changed.spans.size() + batch.tally.size() + events.spans.size() +
                            batch.destroyed.last_scans.size();
  Packer packer(Reserve(env, batch.gone.size() * sizeof(std::uint64_t) +
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
  Packer packer(Reserve(env, quiet.times_ns.size() * sizeof(std::uint64_t) +
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

Napi::ArrayBuffer BatchView::Reserve(Napi::Env env, std::size_t bytes) {
  const auto size_for = [](std::size_t need) {
    return std::max(kSmallestBuffer, std::bit_ceil(need));
  };
  peak_ = std::max(peak_, bytes);
  // A buffer that the callback has transferred has length 0, and is replaced like one that is too
  // small.
  const std::size_t size = buffer_.IsEmpty() ? 0 : buffer_.Value().ByteLength();
  const bool judge = ++watched_ >= kWatch;
  const bool too_large = judge && size > 4 * size_for(peak_);
  if (size < std::max(bytes, std::size_t{1}) || too_large) {
    buffer_ = Napi::Persistent(Napi::ArrayBuffer::New(env, size_for(peak_)));
  }
  if (judge) {
    peak_ = 0;
    watched_ = 0;
  }
  return buffer_.Value();
}

}  // namespace netlink
