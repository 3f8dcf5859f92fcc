#include "../../src/proc/cgroups.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "../check.h"
#include "temporary-folder.h"

namespace netlink::test {
namespace {

std::uint64_t InodeOf(const std::string& path) {
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) == 0);
  return status.st_ino;
}

/** Returns the mount point of cgroup v2, without blanks in its path; nothing without one. */
std::optional<std::string> FindMount() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, path, type, rest;
  while (mounts >> device >> path >> type && std::getline(mounts, rest)) {
    if (type == "cgroup2") return path;
  }
  return std::nullopt;
}

TEST("cgroups: a walk finds folders by their inode numbers, and the root") {
  TemporaryFolder tree;
  tree.MakeFolder("a/b c/d");
  tree.Write("a/cgroup.procs", "");
  const std::vector<std::uint64_t> ids{InodeOf(tree.path() + "/a/b c/d"), InodeOf(tree.path()), 0,
                                       InodeOf(tree.path() + "/a/cgroup.procs")};
  const CgroupPaths found = WalkCgroups(tree.path(), ids, 10);
  CHECK_EQ(found.error, 0);
  CHECK(found.paths == (std::vector<std::string>{"/a/b c/d", "/", "", ""}));
}

TEST("cgroups: a walk ends at its limit, and fails without a tree") {
  TemporaryFolder tree;
  for (const char* name : {"a", "b", "c"}) tree.MakeFolder(name);
  const std::vector<std::uint64_t> ids{0};
  CHECK_EQ(WalkCgroups(tree.path(), ids, 2).error, EOVERFLOW);
  CHECK_EQ(WalkCgroups(tree.path(), ids, 3).error, 0);
  CHECK_EQ(WalkCgroups(tree.path() + "/none", ids, 3).error, ENOENT);
}

TEST("cgroups: handles find the root of the system's tree, and no id that there is not") {
  const auto mount = FindMount();
  if (!mount) {
    std::fprintf(stderr, "skipped: cgroups by handle: there is no cgroup v2\n");
    return;
  }
  const std::vector<std::uint64_t> ids{InodeOf(*mount), 0x7fffffffffffffff};
  const CgroupPaths found = OpenCgroups(*mount, ids);
  if (found.error == EPERM) {
    std::fprintf(stderr, "skipped: cgroups by handle: no CAP_DAC_READ_SEARCH\n");
    return;
  }
  CHECK_EQ(found.error, 0);
  CHECK(found.paths == (std::vector<std::string>{"/", ""}));
}

TEST("cgroups: handles fail without a tree, and find nothing on a file system without them") {
  const std::vector<std::uint64_t> ids{1};
  CHECK_EQ(OpenCgroups("/nonexistent", ids).error, ENOENT);
  CHECK(OpenCgroups("/proc", ids).paths == std::vector<std::string>{""});
}

TEST("cgroups: members are whole lines of numbers, without foreign processes") {
  TemporaryFolder cgroup;
  cgroup.Write("cgroup.procs", "12\n0\nx\n345\n67");
  const CgroupProcesses whole = ReadCgroupProcesses(cgroup.path(), 100);
  CHECK_EQ(whole.error, 0);
  CHECK(whole.pids == (std::vector<std::uint32_t>{12, 345}));
  CHECK(ReadCgroupProcesses(cgroup.path(), 9).pids == std::vector<std::uint32_t>{12});
  CHECK_EQ(ReadCgroupProcesses(cgroup.path() + "/none", 9).error, ENOENT);
}

}  // namespace
}  // namespace netlink::test
