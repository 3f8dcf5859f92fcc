#include "file-sync.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

namespace netlink {
namespace {

void Note(SyncResult& result, const char* syscall) {
  if (result.error != 0) return;
  result.error = errno;
  result.syscall = syscall;
}

/** Returns whether the kernel wrote this file back without an error. Does not wait: everything is
 * written already. */
bool IsWritten(int fd) {
  if (::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) == 0) return true;
  // The file system does not support this call.
  return errno == EINVAL || errno == ENOSYS || errno == ESPIPE;
}

/** Returns whether a path still leads to the file system of this open folder: no other file system
 * was mounted over it. */
bool IsStillAt(const std::string& path, int fd) {
  struct stat now {};
  struct stat then {};
  if (::stat(path.c_str(), &now) != 0 || ::fstat(fd, &then) != 0) return true;
  return now.st_dev == then.st_dev;
}

/** Opens a descriptor on a folder's file system. Returns an invalid one, with errno set, on error.
 */
UniqueFd OpenFolder(const std::string& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder || errno != EACCES) return folder;
  // The folder may be writable but not readable. A file without a name works as well.
  UniqueFd nameless(::open(path.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!nameless) errno = EACCES;
  return nameless;
}

}  // namespace

SyncResult FileSync::Sync(const std::vector<std::string>& folders, std::span<const int> fds) {
  SyncResult result;
  std::set<dev_t> synced;
  const auto sync = [&](int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !synced.insert(status.st_dev).second) return;
    if (::syncfs(fd) != 0) Note(result, "syncfs");
  };
  for (const auto& [path, folder] : folders_) sync(folder.get());
  const std::vector<Unopened> unopened = OpenOnly(folders);
  for (const auto& [path, folder] : folders_) sync(folder.get());
  // The file systems of open files are usually those of the folders.
  for (const int fd : fds) sync(fd);
  for (const auto& [path, error] : unopened) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && synced.contains(status.st_dev)) continue;
    errno = error;
    Note(result, "open");
  }
  // syncfs() also reports errors of other programs' files, and none at all on older kernels. So
  // check each file; after an error with fdatasync(), which also works through overlayfs.
  const bool all_well = result.error == 0;
  for (const int fd : fds) {
    if (all_well ? IsWritten(fd) : ::fdatasync(fd) == 0) continue;
    Note(result, all_well ? "sync_file_range" : "fdatasync");
    result.failed.push_back(fd);
  }
  return result;
}

std::vector<FileSync::Unopened> FileSync::OpenOnly(const std::vector<std::string>& folders) {
  std::map<std::string, UniqueFd> open;
  std::vector<Unopened> unopened;
  for (const std::string& path : folders) {
    if (open.contains(path)) continue;
    const auto known = folders_.find(path);
    UniqueFd folder = known != folders_.end() && IsStillAt(path, known->second.get())
                          ? std::move(known->second)
                          : OpenFolder(path);
    if (folder) {
      open.insert_or_assign(path, std::move(folder));
    } else if (errno != ENOENT) {
      unopened.push_back({path, errno});
    }
  }
  folders_ = std::move(open);
  return unopened;
}

}  // namespace netlink
