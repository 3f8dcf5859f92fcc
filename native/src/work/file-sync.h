#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "../util/fd.h"

namespace netlink {

/** Result of FileSync::Sync(). */
struct SyncResult {
  /** A positive errno, or 0. */
  int error = 0;
  /** Name of the system call that failed first, a literal. */
  const char* syscall = "";
  /** Open files whose own writes failed. */
  std::vector<int> failed;
};

/**
 * Syncs file systems, each through a folder that stays open: the kernel reports every failed
 * write-back once to each folder that was open at that time (Linux 5.8).
 */
class FileSync {
 public:
  /**
   * Writes back everything on the file systems of these folders, waits until it is on the disk, and
   * checks whether the own writes of each open file in `fds` succeeded. Also syncs the file systems
   * of `fds` that differ from those of the folders. Skips a folder that does not exist: it may have
   * been removed. A folder that cannot be opened is an error, unless its file system is synced
   * through another one. Folders of earlier calls are synced once more and closed.
   */
  SyncResult Sync(const std::vector<std::string>& folders, std::span<const int> fds);

 private:
  /** A folder that cannot be opened, though it seems to exist. */
  struct Unopened {
    std::string path;
    int error;
  };

  std::vector<Unopened> OpenOnly(const std::vector<std::string>& folders);

  std::map<std::string, UniqueFd> folders_;
};

}  // namespace netlink
