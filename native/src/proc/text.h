#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netlink {

/** Text of a file, or the errno of the call that failed. */
struct FileText {
  /** A positive errno, or 0. */
  int error = 0;
  std::string text;
};

/**
 * Reads a file of the kernel below an open folder, with one call: short files of procfs are read
 * whole by the first one. Longer text is cut at 4096 bytes.
 */
FileText ReadTextAt(int folder, const char* name);

/** Reads a file below an open folder, up to `limit` bytes. */
FileText ReadLongTextAt(int folder, const char* name, std::size_t limit);

/** Returns a number if all of the text is its decimal digits, at most 2^32 - 1. */
std::optional<std::uint32_t> ParseNumber(std::string_view text);

/** Fields of `/proc/PID/stat`. */
struct ProcessStat {
  std::uint32_t parent;
  /** Time of the start after boot, in clock ticks. */
  std::uint64_t start_ticks;
};

/** Parses `/proc/PID/stat`. The name in it may contain blanks and parentheses. */
std::optional<ProcessStat> ParseStat(std::string_view text);

}  // namespace netlink
