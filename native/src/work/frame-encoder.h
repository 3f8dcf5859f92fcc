#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../util/bytes.h"
#include "zstd-library.h"

namespace netlink {

/**
 * Compresses zstd frames with one context, because a new context costs more than a small frame. A
 * frame has a checksum, no content size, and always a window of 2 MiB, like frames that the zstd
 * program writes to a pipe (RFC 8878, section 3.1.1.1).
 */
class FrameEncoder {
 public:
  /** @throws std::bad_alloc, std::runtime_error when the library rejects the level */
  FrameEncoder(const ZstdLibrary& library, int level);

  /**
   * Compresses the pieces, joined, to one frame. Together they have at most 2 MiB. The frame is
   * valid until the next call; it is empty, with the reason in `why`, when the library fails.
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
  /** Joined pieces: a copy costs less than streaming compression. */
  std::vector<std::uint8_t> content_;
  std::vector<std::uint8_t> frame_;
};

}  // namespace netlink
