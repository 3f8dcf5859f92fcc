#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace netlink {

/** One ArrayBuffer that is used again for each batch. Its size follows the need. */
class ReusedBuffer {
 public:
  /** Returns the buffer with room for `bytes`. Overwrites the contents of the previous call. */
  Napi::ArrayBuffer Reserve(Napi::Env env, std::size_t bytes);

 private:
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  /** Largest number of bytes needed since the buffer's size was last checked, and the number of
   * batches since then. */
  std::size_t peak_ = 0;
  unsigned watched_ = 0;
};

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

}  // namespace netlink
