#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace netlink {

/** Paths of cgroups below the mount point. */
struct CgroupPaths {
  /** A positive errno, or 0. After a failure paths may be missing. */
  int error = 0;
  /** Path of each id, `/` for the root; empty if it is not found. */
  std::vector<std::string> paths;
};

/**
 * Opens cgroups by their ids, as kernfs file handles. Needs CAP_DAC_READ_SEARCH, else the result is
 * EPERM.
 * @param mount mount point of cgroup v2
 */
CgroupPaths OpenCgroups(const std::string& mount, std::span<const std::uint64_t> ids);

/**
 * Finds cgroups in the tree by their inode numbers, which are the ids. Needs no capability.
 * @param limit most cgroups to visit: with more the result is EOVERFLOW
 */
CgroupPaths WalkCgroups(const std::string& mount, std::span<const std::uint64_t> ids,
                        std::size_t limit);

/** Processes of a cgroup. */
struct CgroupProcesses {
  /** A positive errno, or 0. */
  int error = 0;
  std::vector<std::uint32_t> pids;
};

/** Reads `cgroup.procs` of the cgroup at a path, at most `limit` bytes. */
CgroupProcesses ReadCgroupProcesses(const std::string& path, std::size_t limit);

}  // namespace netlink
