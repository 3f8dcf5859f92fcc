#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace netlink {

/** How an operation on a file ended. */
struct FileResult {
  /** The file's descriptor while it is open, else -1. */
  int fd = -1;
  /** A positive errno, or 0. */
  int error = 0;
  /** The system call that failed: a literal. */
  const char* syscall = "";
  /** Whether the file ends where it ended before. Meaningless when nothing failed. */
  bool sound = true;
};

/** Modes of what is made, before the umask. */
struct FileModes {
  mode_t file;
  mode_t folder;
};

/**
 * Creates a file that is not there yet, with the folders above it, and writes `bytes`; closes it if
 * `closes`. When the bytes do not fit, the file is removed again: it appears with them or not at
 * all. A failed close leaves it as it is.
 */
FileResult CreateFile(const std::string& path, FileModes modes, std::span<const std::uint8_t> bytes,
                      bool closes);

/**
 * Writes `bytes` at `at`, the file's end, and closes it if `closes`. When they do not fit the file
 * is cut back to `at` and stays open. A file that has no name any more gets nothing: `fstat` failed
 * with ENOENT.
 */
FileResult AppendFile(int fd, std::int64_t at, std::span<const std::uint8_t> bytes, bool closes);

FileResult CloseFile(int fd);

/**
 * Cuts a file to `length`, or removes it where that is 0, and closes it. `fd` is -1 when it is
 * closed already, and then `length` is 0. A file that is gone is as good as removed.
 */
FileResult DiscardFile(const std::string& path, int fd, std::int64_t length);

/** Whether there is something at `path`: an error says no, or that nobody knows. */
FileResult FindFile(const std::string& path);

}  // namespace netlink
