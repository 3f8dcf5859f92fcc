#include "ancestry.h"

#include <string>

#include "text.h"

namespace netlink {
namespace {

/** Most ancestors of a process. */
constexpr std::size_t kMaxAncestors = 64;

}  // namespace

std::vector<std::uint32_t> Ancestry::Of(std::uint32_t pid) {
  std::vector<std::uint32_t> ancestors;
  // The limit also ends a circle, which there is when ids are used again meanwhile.
  for (std::uint32_t at = ParentOf(pid); at != 0 && ancestors.size() < kMaxAncestors;
       at = ParentOf(at)) {
    ancestors.push_back(at);
  }
  return ancestors;
}

std::uint32_t Ancestry::ParentOf(std::uint32_t pid) {
  const auto known = parents_.find(pid);
  if (known != parents_.end()) return known->second;
  const auto stat = ParseStat(ReadTextAt(proc_, (std::to_string(pid) + "/stat").c_str()).text);
  return parents_[pid] = stat ? stat->parent : 0;
}

}  // namespace netlink
