#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "util/fd.h"

namespace netlink {

/** How a sync ended. */
struct SyncResult {
  /** A positive errno, or 0. */
  int error = 0;
  /** The system call that failed first: a literal. */
  const char* syscall = "";
  /** The open files whose own writes failed. */
  std::vector<int> failed;
};

/**
 * File systems that are synced, each through a folder that stays open: the kernel tells each open
 * folder once of every write-back that failed since it was opened (Linux 5.8).
 */
class FileSync {
 public:
  /**
   * Writes back everything on the file systems of these folders, waits until it is on the disk, and
   * asks each of the open files `fds` whether its own writes got there. The file systems of `fds`
   * are synced, too, where those of the folders are others. A folder that is not there is left out:
   * somebody may have removed it. One that cannot be opened is an error, unless its file system is
   * synced through another. Folders of earlier calls are synced once more and closed.
   */
  SyncResult Sync(const std::vector<std::string>& folders, std::span<const int> fds);

 private:
  /** A folder that is there, as far as is known, and cannot be opened. */
  struct Unopened {
    std::string path;
    int error;
  };

  std::vector<Unopened> OpenOnly(const std::vector<std::string>& folders);

  std::map<std::string, UniqueFd> folders_;
};

}  // namespace netlink
