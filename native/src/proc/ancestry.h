#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace netlink {

/** Finds the ancestors of processes. Reads each process at most once. */
class Ancestry {
 public:
  /** @param proc open folder of procfs */
  explicit Ancestry(int proc) : proc_(proc) {}

  /** Notes the parent of a process. */
  void Know(std::uint32_t pid, std::uint32_t parent) { parents_[pid] = parent; }

  /** Returns the process ids of parent, grandparent, …, as far as they can be read. */
  std::vector<std::uint32_t> Of(std::uint32_t pid);

 private:
  std::uint32_t ParentOf(std::uint32_t pid);

  const int proc_;
  std::unordered_map<std::uint32_t, std::uint32_t> parents_;
};

}  // namespace netlink
