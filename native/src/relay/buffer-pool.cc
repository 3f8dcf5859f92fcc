#include "buffer-pool.h"

#include <utility>

namespace netlink::relay {
namespace {

/** Limit on spare buffers: 1 MiB. */
constexpr std::size_t kMaxSpares = 16;

}  // namespace

std::unique_ptr<Buffer> BufferPool::Take() {
  std::unique_ptr<Buffer> buffer;
  if (spares_.empty()) {
    // Not make_unique(), which would set it to zeros.
    buffer.reset(new Buffer);
  } else {
    buffer = std::move(spares_.back());
    spares_.pop_back();
  }
  ++used_;
  return buffer;
}

void BufferPool::Give(std::unique_ptr<Buffer> buffer) {
  --used_;
  if (spares_.size() < kMaxSpares) spares_.push_back(std::move(buffer));
}

}  // namespace netlink::relay
