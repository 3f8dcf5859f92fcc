#include "zstd-library.h"

#include <dlfcn.h>

#include <variant>

namespace netlink {
namespace {

/** File name of the library: the same in Debian, Ubuntu, Fedora and Alpine. */
constexpr const char* kFile = "libzstd.so.1";
/** First version in which ZSTD_compress2() and the parameters are stable: 1.4.0. */
constexpr unsigned kOldest = 10400;

template <typename Function>
bool Find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  return function != nullptr;
}

using Loaded = std::variant<ZstdLibrary, std::string>;

Loaded Load() {
  void* handle = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return std::string(reason == nullptr ? kFile : reason);
  }
  ZstdLibrary library{};
  const bool complete = Find(handle, "ZSTD_versionNumber", library.version_number) &&
                        Find(handle, "ZSTD_versionString", library.version_string) &&
                        Find(handle, "ZSTD_createCCtx", library.create_context) &&
                        Find(handle, "ZSTD_freeCCtx", library.free_context) &&
                        Find(handle, "ZSTD_CCtx_setParameter", library.set_parameter) &&
                        Find(handle, "ZSTD_compressBound", library.compress_bound) &&
                        Find(handle, "ZSTD_compress2", library.compress) &&
                        Find(handle, "ZSTD_isError", library.is_error) &&
                        Find(handle, "ZSTD_getErrorName", library.error_name);
  if (!complete || library.version_number() < kOldest) {
    return std::string(kFile) + " is older than 1.4.0";
  }
  return library;
}

}  // namespace

const ZstdLibrary* LoadZstd(std::string& why) {
  static const Loaded loaded = Load();
  if (const auto* reason = std::get_if<std::string>(&loaded)) {
    why = *reason;
    return nullptr;
  }
  return &std::get<ZstdLibrary>(loaded);
}

}  // namespace netlink
