#pragma once

#include <napi.h>

#include <type_traits>

#include "wire.h"

namespace netlink {

/**
 * Bytes of JavaScript that another thread reads, held by a reference while this lives. The garbage
 * collector frees an array that only a native thread knows of, so work keeps its bytes in no other
 * way. Made and destroyed on JavaScript's thread.
 */
class KeptBytes {
 public:
  /** No bytes. */
  KeptBytes() = default;
  explicit KeptBytes(const Napi::Uint8Array& array)
      : array_(Napi::Persistent(array)), bytes_(array.Data(), array.ByteLength()) {}

  /** Valid while this lives; may be read on any thread. */
  Bytes bytes() const { return bytes_; }

 private:
  Napi::Reference<Napi::Uint8Array> array_;
  Bytes bytes_;
};

static_assert(!std::is_copy_constructible_v<KeptBytes>);

}  // namespace netlink
