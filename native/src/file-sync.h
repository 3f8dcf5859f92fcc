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
   * asks each of the open files `fds` whether its own writes got there. A folder that cannot be
   * opened is left out: somebody may have removed it. Folders of earlier calls are closed.
   */
  SyncResult Sync(const std::vector<std::string>& folders, std::span<const int> fds);

 private:
  void OpenOnly(const std::vector<std::string>& folders);

  std::map<std::string, UniqueFd> folders_;
};

}  // namespace netlink
