#pragma once

#include <cstddef>
#include <string>

/** Of zstd.h, opaque. */
struct ZSTD_CCtx_s;

namespace netlink {

/**
 * What is used of the system's libzstd, which is loaded when the program runs: building needs
 * neither its headers nor itself, and a system without it goes without. Names, numbers and types
 * are those of zstd.h, stable since version 1.4.0.
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

/** The library of this process, or null with the reason in `why`. It is never unloaded. */
const ZstdLibrary* LoadZstd(std::string& why);

}  // namespace netlink
