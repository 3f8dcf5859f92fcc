#include "processes.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "../util/clock.h"
#include "../util/fd.h"
#include "ancestry.h"
#include "folder.h"
#include "text.h"

namespace netlink {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

UniqueFd OpenFolder(const std::string& path) { return UniqueFd(::open(path.c_str(), kOpenFolder)); }

/** Returns the inode number in `socket:[N]`. */
std::optional<std::uint32_t> SocketInode(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(kPrefix.size());
  link.remove_suffix(1);
  return ParseNumber(link);
}

bool IsRefusal(int error) { return error == EACCES || error == EPERM; }

/** Reads the descriptors of a process. `folder` is its open folder `fd`. */
void ReadLinks(int folder, std::uint32_t pid, ReadProcess& process,
               std::vector<std::uint32_t>& sockets) {
  int refusal = 0;
  process.error = ReadFolder(folder, [&](const FolderEntry& entry) {
    const auto descriptor = ParseNumber(entry.name);
    if (!descriptor) return;  // `.` and `..`
    ++process.descriptors;
    char link[64];
    const ssize_t length = ::readlinkat(folder, entry.name.data(), link, sizeof link);
    if (length < 0) {
      // CAP_DAC_OVERRIDE lists the descriptors of others, but does not read their links. Any other
      // failure: closed meanwhile.
      if (IsRefusal(errno)) refusal = errno;
      return;
    }
    const auto inode = SocketInode({link, static_cast<std::size_t>(length)});
    if (!inode) return;
    sockets.insert(sockets.end(), {pid, *descriptor, *inode});
    ++process.sockets;
  });
  if (process.error == 0) process.error = refusal;
}

std::string ReadExecutable(int folder) {
  char path[PATH_MAX];
  const ssize_t length = ::readlinkat(folder, "../exe", path, sizeof path);
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

/**
 * Describes a process. All files are found by its open folder `fd`, which belongs to this process
 * even if its number is used again.
 */
void Describe(int folder, std::uint32_t pid, ReadProcess& process, Ancestry& ancestry) {
  const FileText stat_text = ReadTextAt(folder, "../stat");
  const auto stat = ParseStat(stat_text.text);
  FileText command = ReadTextAt(folder, "../comm");
  // The owner of the folder is the effective user, and cheaper to read than `status`.
  struct stat owner {};
  const int unowned = ::fstatat(folder, "..", &owner, 0) < 0 ? errno : 0;
  process.error = stat_text.error != 0 ? stat_text.error
                  : command.error != 0 ? command.error
                  : unowned != 0       ? unowned
                  : !stat              ? EBADMSG
                                       : 0;
  if (process.error != 0) return;
  ancestry.Know(pid, stat->parent);
  process.start_ticks = stat->start_ticks;
  process.ancestors = ancestry.Of(pid);
  process.uid = owner.st_uid;
  // The kernel adds a newline; others belong to the name.
  if (command.text.ends_with('\n')) command.text.pop_back();
  process.command = std::move(command.text);
  process.executable = ReadExecutable(folder);
}

ReadProcess Failed(int error) {
  ReadProcess process;
  process.error = error;
  return process;
}

ReadProcess ReadOne(int proc, std::uint32_t pid, Ancestry& ancestry,
                    std::vector<std::uint32_t>& sockets) {
  const UniqueFd folder(
      ::openat(proc, (std::to_string(pid) + "/fd").c_str(), kOpenFolder | O_NONBLOCK));
  if (!folder) return Failed(errno);
  const std::size_t before = sockets.size();
  ReadProcess process;
  ReadLinks(folder.get(), pid, process, sockets);
  if (process.error == 0 && process.sockets > 0) Describe(folder.get(), pid, process, ancestry);
  if (process.error == 0) return process;
  sockets.resize(before);
  return Failed(process.error);
}

}  // namespace

ProcessSurvey SurveyProcesses(const std::string& proc) {
  const UniqueFd folder = OpenFolder(proc);
  if (!folder) return {errno, {}, {}};
  ProcessSurvey survey;
  survey.error = ReadFolder(folder.get(), [&](const FolderEntry& entry) {
    const auto pid = ParseNumber(entry.name);
    if (!pid) return;
    struct stat status {};
    const std::string descriptors = std::string(entry.name) + "/fd";
    const bool known = ::fstatat(folder.get(), descriptors.c_str(), &status, 0) == 0;
    survey.pids.push_back(*pid);
    survey.descriptors.push_back(known ? static_cast<std::uint32_t>(status.st_size) : 0);
  });
  return survey;
}

ProcessSockets ReadSockets(const std::string& proc, std::span<const std::uint32_t> pids,
                           std::int64_t cpu_limit_ns) {
  ProcessSockets result;
  const std::int64_t limit = ThreadCpuNs() + cpu_limit_ns;
  const UniqueFd folder = OpenFolder(proc);
  const int unopened = folder ? 0 : errno;
  Ancestry ancestry(folder.get());
  for (const std::uint32_t pid : pids) {
    result.processes.push_back(folder ? ReadOne(folder.get(), pid, ancestry, result.sockets)
                                      : Failed(unopened));
    if (ThreadCpuNs() > limit) break;
  }
  return result;
}

}  // namespace netlink
