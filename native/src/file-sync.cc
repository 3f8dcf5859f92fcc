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

/** Whether the kernel met no error writing this file back. It waits for nothing: all is written. */
bool IsWritten(int fd) {
  if (::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) == 0) return true;
  // A file system that cannot say.
  return errno == EINVAL || errno == ENOSYS || errno == ESPIPE;
}

}  // namespace

SyncResult FileSync::Sync(const std::vector<std::string>& folders, std::span<const int> fds) {
  OpenOnly(folders);
  SyncResult result;
  std::set<dev_t> synced;
  for (const auto& [path, folder] : folders_) {
    struct stat status {};
    if (::fstat(folder.get(), &status) != 0 || !synced.insert(status.st_dev).second) continue;
    if (::syncfs(folder.get()) != 0) Note(result, "syncfs");
  }
  // syncfs() may speak of other programs' files, and on older kernels does not speak of any. After
  // an error fdatasync() asks through layers such as overlayfs, too.
  const bool all_well = result.error == 0;
  for (const int fd : fds) {
    if (all_well ? IsWritten(fd) : ::fdatasync(fd) == 0) continue;
    Note(result, all_well ? "sync_file_range" : "fdatasync");
    result.failed.push_back(fd);
  }
  return result;
}

void FileSync::OpenOnly(const std::vector<std::string>& folders) {
  std::map<std::string, UniqueFd> open;
  for (const std::string& path : folders) {
    const auto known = folders_.find(path);
    UniqueFd folder = known == folders_.end()
                          ? UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
                          : std::move(known->second);
    if (folder) open.emplace(path, std::move(folder));
  }
  folders_ = std::move(open);
}

}  // namespace netlink
