#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wire.h"
#include "zstd-library.h"

namespace netlink {

/**
 * Compresses to zstd frames, one after the other, with one context: making one costs more than a
 * small frame. A frame has a checksum, states no content size, and a window of 2 MiB whatever its
 * size, as the zstd program's frames have that are written to a pipe (RFC 8878, section 3.1.1.1).
 */
class FrameEncoder {
 public:
  /** @throws std::bad_alloc, std::runtime_error when the library does not take the level */
  FrameEncoder(const ZstdLibrary& library, int level);

  /**
   * The frame of the pieces, one behind the other, which are not longer than 2 MiB together. Valid
   * until the next call; empty, with the reason in `why`, when the library fails.
   */
  Bytes Encode(std::span<const Bytes> pieces, std::string& why);

 private:
  Bytes Join(std::span<const Bytes> pieces);

  struct Free {
    const ZstdLibrary* library;
    void operator()(ZSTD_CCtx_s* context) const { library->free_context(context); }
  };

  const ZstdLibrary& library_;
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  /** Pieces put together: they are a copy apart, which costs less than a stream does. */
  std::vector<std::uint8_t> content_;
  std::vector<std::uint8_t> frame_;
};

}  // namespace netlink
