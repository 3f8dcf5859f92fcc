#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace netlink {

/** Result of an operation on a file. */
struct FileResult {
  /** Descriptor of the file while it is open, else -1. */
  int fd = -1;
  /** A positive errno, or 0. */
  int error = 0;
  /** Name of the system call that failed, a literal. */
  const char* syscall = "";
  /** After an error: true when the file has the same length as before. */
  bool sound = true;
};

/** Modes of new files and folders, before the umask. */
struct FileModes {
  mode_t file;
  mode_t folder;
};

/**
 * Creates a new file, with its parent folders, and writes `bytes`; closes it if `closes`. If the
 * bytes cannot be written, the file is removed again. A failed close leaves the file as it is.
 */
FileResult CreateFile(const std::string& path, FileModes modes, std::span<const std::uint8_t> bytes,
                      bool closes);

/**
 * Writes `bytes` at `at`, the end of the file, and closes it if `closes`. If they cannot be
 * written, the file is cut back to `at` and stays open. A file that was removed is not written: the
 * result is ENOENT of `fstat`.
 */
FileResult AppendFile(int fd, std::int64_t at, std::span<const std::uint8_t> bytes, bool closes);

FileResult CloseFile(int fd);

/**
 * Cuts a file to `length`, or removes it if that is 0, and closes it. `fd` is -1 if the file is
 * closed already; then `length` is 0. A file that does not exist is not an error.
 */
FileResult DiscardFile(const std::string& path, int fd, std::int64_t length);

/** Checks whether `path` exists. An error means that it does not, or that this is unknown. */
FileResult FindFile(const std::string& path);

}  // namespace netlink
