#include "cgroups.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "../util/fd.h"
#include "folder.h"
#include "text.h"

namespace netlink {
namespace {

/** `FILEID_KERNFS` in include/linux/exportfs.h: the handle is the 64-bit id of the node. */
constexpr int kFileIdKernfs = 0xfe;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

UniqueFd OpenById(int mount, std::uint64_t id) {
  // `file_handle` ends with an array of unknown length, so the bytes are laid out by hand.
  alignas(8) std::uint8_t bytes[sizeof(file_handle) + sizeof id] = {};
  auto* const handle = reinterpret_cast<file_handle*>(bytes);
  handle->handle_bytes = sizeof id;
  handle->handle_type = kFileIdKernfs;
  std::memcpy(handle->f_handle, &id, sizeof id);
  return UniqueFd(::open_by_handle_at(mount, handle, O_PATH | O_CLOEXEC));
}

/** Returns the path of an open file below `mount`; empty if it is elsewhere. */
std::string PathBelow(const std::string& mount, int fd) {
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  if (length < 0) return {};
  std::string_view found(path, static_cast<std::size_t>(length));
  if (!found.starts_with(mount)) return {};
  found.remove_prefix(mount.size());
  if (found.empty()) return "/";
  return found.front() == '/' ? std::string(found) : std::string();
}

/** A walk of the tree of cgroups. */
class Walk {
 public:
  Walk(const std::string& mount, std::span<const std::uint64_t> ids, std::size_t limit)
      : mount_(mount), limit_(limit) {
    result_.paths.resize(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) wanted_.emplace(ids[i], i);
  }

  CgroupPaths Run() {
    struct stat status {};
    if (::stat(mount_.c_str(), &status) < 0) {
      result_.error = errno;
      return std::move(result_);
    }
    Note(status.st_ino, "/");
    waiting_.emplace_back();
    while (!waiting_.empty() && result_.error == 0 && !wanted_.empty()) {
      const std::string path = std::move(waiting_.back());
      waiting_.pop_back();
      ReadChildren(path);
    }
    return std::move(result_);
  }

 private:
  void ReadChildren(const std::string& path) {
    const UniqueFd folder(::open((mount_ + path).c_str(), kOpenFolder));
    // A cgroup that was removed meanwhile, or may not be listed, does not end the walk.
    if (!folder) return;
    ReadFolder(folder.get(), [&](const FolderEntry& entry) {
      if (entry.type != DT_DIR || entry.name == "." || entry.name == "..") return;
      if (++visited_ > limit_) result_.error = EOVERFLOW;
      if (result_.error != 0) return;
      std::string child = path + "/" + std::string(entry.name);
      Note(entry.inode, child);
      waiting_.push_back(std::move(child));
    });
  }

  void Note(std::uint64_t id, const std::string& path) {
    const auto found = wanted_.find(id);
    if (found == wanted_.end()) return;
    result_.paths[found->second] = path;
    wanted_.erase(found);
  }

  const std::string& mount_;
  const std::size_t limit_;
  std::size_t visited_ = 0;
  /** Ids that are not found yet, with their positions. */
  std::unordered_map<std::uint64_t, std::size_t> wanted_;
  std::vector<std::string> waiting_;
  CgroupPaths result_;
};

}  // namespace

CgroupPaths OpenCgroups(const std::string& mount, std::span<const std::uint64_t> ids) {
  CgroupPaths result;
  result.paths.resize(ids.size());
  const UniqueFd folder(::open(mount.c_str(), kOpenFolder));
  if (!folder) {
    result.error = errno;
    return result;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const UniqueFd cgroup = OpenById(folder.get(), ids[i]);
    if (cgroup) {
      result.paths[i] = PathBelow(mount, cgroup.get());
    } else if (errno != ESTALE && errno != ENOENT) {
      result.error = errno;  // the same for all: no capability, or no such handles
      return result;
    }
  }
  return result;
}

CgroupPaths WalkCgroups(const std::string& mount, std::span<const std::uint64_t> ids,
                        std::size_t limit) {
  return Walk(mount, ids, limit).Run();
}

CgroupProcesses ReadCgroupProcesses(const std::string& path, std::size_t limit) {
  const UniqueFd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return {errno, {}};
  const FileText file = ReadLongTextAt(folder.get(), "cgroup.procs", limit);
  CgroupProcesses result{file.error, {}};
  std::string_view text = file.text;
  // The text may be cut in the middle of its last line, which is left out then.
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const auto pid = ParseNumber(text.substr(0, end));
    // 0 stands for a process of another pid namespace.
    if (pid && *pid != 0) result.pids.push_back(*pid);
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace netlink
