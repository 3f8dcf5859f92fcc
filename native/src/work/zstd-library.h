#pragma once

#include <cstddef>
#include <string>

/** Opaque type of zstd.h. */
struct ZSTD_CCtx_s;

namespace netlink {

/**
 * Functions of the system's libzstd, loaded at run time: the build needs neither the library nor
 * its headers, and the library is optional. Names, numbers and types are those of zstd.h, stable
 * since version 1.4.0.
 */
struct ZstdLibrary {
  static constexpr int kCompressionLevel = 100;  // ZSTD_c_compressionLevel
  static constexpr int kContentSizeFlag = 200;   // ZSTD_c_contentSizeFlag
  static constexpr int kChecksumFlag = 201;      // ZSTD_c_checksumFlag

  unsigned (*version_number)();
  const char* (*version_string)();
  ZSTD_CCtx_s* (*create_context)();
  std::size_t (*free_context)(ZSTD_CCtx_s*);
  std::size_t (*set_parameter)(ZSTD_CCtx_s*, int parameter, int value);
  std::size_t (*compress_bound)(std::size_t source);
  std::size_t (*compress)(ZSTD_CCtx_s*, void* target, std::size_t capacity, const void* source,
                          std::size_t length);
  unsigned (*is_error)(std::size_t code);
  const char* (*error_name)(std::size_t code);
};

/** Loads libzstd once per process and never unloads it. Returns null, with the reason in `why`, on
 * error. */
const ZstdLibrary* LoadZstd(std::string& why);

}  // namespace netlink
