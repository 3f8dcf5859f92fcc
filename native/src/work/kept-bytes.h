#pragma once

#include <napi.h>

#include <type_traits>

#include "../util/bytes.h"

namespace netlink {

/**
 * Bytes of a JavaScript array for another thread to read. Holds a reference to the array, because
 * the garbage collector frees an array that only native code uses. Made and destroyed on the
 * JavaScript thread.
 */
class KeptBytes {
 public:
  /** No bytes. */
  KeptBytes() = default;
  explicit KeptBytes(const Napi::Uint8Array& array)
      : array_(Napi::Persistent(array)), bytes_(array.Data(), array.ByteLength()) {}

  /** Bytes that any thread may read while this object lives. */
  Bytes bytes() const { return bytes_; }

 private:
  Napi::Reference<Napi::Uint8Array> array_;
  Bytes bytes_;
};

static_assert(!std::is_copy_constructible_v<KeptBytes>);

}  // namespace netlink
