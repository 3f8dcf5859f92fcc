#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../util/bytes.h"

namespace netlink {

/** Entry of a folder. `name` ends with a zero byte, and is valid only during the callback. */
struct FolderEntry {
  std::uint64_t inode;
  /** One of `DT_*`. */
  std::uint8_t type;
  std::string_view name;
};

/**
 * Calls `on_entry` for each entry of an open folder. Needs no memory of its own, unlike opendir(3).
 * @return 0, or a positive errno; entries before the failure have been reported
 */
template <typename OnEntry>
int ReadFolder(int fd, const OnEntry& on_entry) {
  // struct linux_dirent64, which the C libraries declare differently.
  constexpr std::size_t kLengthAt = 16;
  constexpr std::size_t kTypeAt = 18;
  constexpr std::size_t kNameAt = 19;
  alignas(8) std::uint8_t buffer[16 * 1024];
  while (true) {
    const long length = ::syscall(SYS_getdents64, fd, buffer, sizeof buffer);
    if (length < 0) return errno;
    if (length == 0) return 0;
    for (long at = 0; at < length; at += Load<std::uint16_t>(buffer + at + kLengthAt)) {
      const std::uint8_t* const entry = buffer + at;
      on_entry(FolderEntry{Load<std::uint64_t>(entry), entry[kTypeAt],
                           std::string_view(reinterpret_cast<const char*>(entry + kNameAt))});
    }
  }
}

}  // namespace netlink
