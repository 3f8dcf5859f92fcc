#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace netlink::relay {

inline constexpr std::size_t kBufferBytes = 64 * 1024;

using Buffer = std::array<std::uint8_t, kBufferBytes>;

/**
 * Buffers for bytes that wait to be written. The one that was given back last is taken first,
 * because it is in the processor's cache. Spare ones beyond a small number are freed.
 */
class BufferPool {
 public:
  /** Throws std::bad_alloc when there is no memory. */
  std::unique_ptr<Buffer> Take();
  void Give(std::unique_ptr<Buffer> buffer);

  /** Number of buffers in use. */
  std::size_t used() const { return used_; }
  std::size_t bytes() const { return (used_ + spares_.size()) * sizeof(Buffer); }

 private:
  std::vector<std::unique_ptr<Buffer>> spares_;
  std::size_t used_ = 0;
};

}  // namespace netlink::relay
