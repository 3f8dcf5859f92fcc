#include "reused-buffer.h"

#include <algorithm>
#include <bit>

namespace netlink {
namespace {

constexpr std::size_t kSmallestBuffer = 64 * 1024;

/** Number of batches after which a buffer that is much too large is replaced: about ten seconds at
 * the default beat. */
constexpr unsigned kWatch = 1024;

}  // namespace

Napi::ArrayBuffer ReusedBuffer::Reserve(Napi::Env env, std::size_t bytes) {
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
