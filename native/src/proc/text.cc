#include "text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "../util/fd.h"

namespace netlink {
namespace {

/** Positions in `/proc/PID/stat` behind the name, from 0 (proc_pid_stat(5)). */
constexpr int kParent = 1;
constexpr int kStartTime = 19;

template <typename T>
std::optional<T> Parse(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/** Returns the field at a position, from 0, of a text with separators. */
std::string_view Field(std::string_view text, int position, std::string_view separators) {
  while (true) {
    const std::size_t start = text.find_first_not_of(separators);
    if (start == std::string_view::npos) return {};
    text.remove_prefix(start);
    const std::size_t end = text.find_first_of(separators);
    if (position-- == 0) return text.substr(0, end);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end);
  }
}

// Without O_NONBLOCK the opening of a pipe would wait for its writer.
UniqueFd OpenToRead(int folder, const char* name) {
  return UniqueFd(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

}  // namespace

FileText ReadTextAt(int folder, const char* name) {
  const UniqueFd fd = OpenToRead(folder, name);
  if (!fd) return {errno, {}};
  char text[4096];
  const ssize_t length = ::read(fd.get(), text, sizeof text);
  if (length < 0) return {errno, {}};
  return {0, std::string(text, static_cast<std::size_t>(length))};
}

FileText ReadLongTextAt(int folder, const char* name, std::size_t limit) {
  const UniqueFd fd = OpenToRead(folder, name);
  if (!fd) return {errno, {}};
  FileText result;
  char piece[16 * 1024];
  while (result.text.size() < limit) {
    const ssize_t length = ::read(fd.get(), piece, sizeof piece);
    if (length < 0) return {errno, {}};
    if (length == 0) break;
    result.text.append(piece, static_cast<std::size_t>(length));
  }
  if (result.text.size() > limit) result.text.resize(limit);
  return result;
}

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  return Parse<std::uint32_t>(text);
}

std::optional<ProcessStat> ParseStat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  const auto parent = Parse<std::uint32_t>(Field(text, kParent, " \n"));
  const auto start_ticks = Parse<std::uint64_t>(Field(text, kStartTime, " \n"));
  if (!parent || !start_ticks) return std::nullopt;
  return ProcessStat{*parent, *start_ticks};
}

}  // namespace netlink
