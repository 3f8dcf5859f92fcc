#include "file-work.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace netlink {
namespace {

/** Attempts to create a file: an uploader may remove a new folder before it is used. */
constexpr int kMaxAttempts = 3;

FileResult Failed(const char* syscall, int fd = -1, bool sound = true) {
  return {fd, errno, syscall, sound};
}

/** Writes all bytes. Returns false, with errno set, on error. */
bool WriteAll(int fd, std::int64_t at, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (written == 0) {
      errno = EIO;  // POSIX excludes this case; but never loop for ever.
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += written;
  }
  return true;
}

/** Makes the parent folders of `path`. Returns false, with errno set, on error. */
bool MakeFolderOf(const std::string& path, mode_t mode) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || slash == 0) return true;
  const std::string folder = path.substr(0, slash);
  if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return true;
  if (errno != ENOENT || !MakeFolderOf(folder, mode)) return false;
  return ::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST;
}

int OpenNew(const std::string& path, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

}  // namespace

FileResult CreateFile(const std::string& path, FileModes modes, std::span<const std::uint8_t> bytes,
                      bool closes) {
  int fd = OpenNew(path, modes.file);
  for (int attempt = 1; fd < 0 && errno == ENOENT && attempt < kMaxAttempts; attempt++) {
    if (!MakeFolderOf(path, modes.folder)) return Failed("mkdir");
    fd = OpenNew(path, modes.file);
  }
  if (fd < 0) return Failed("open");
  if (!WriteAll(fd, 0, bytes)) {
    const FileResult result = Failed("pwrite");
    // Readers report an empty archive as damaged. Remove it before the close, which uploaders act
    // on.
    ::unlink(path.c_str());
    ::close(fd);
    return result;
  }
  return closes ? CloseFile(fd) : FileResult{.fd = fd};
}

FileResult AppendFile(int fd, std::int64_t at, std::span<const std::uint8_t> bytes, bool closes) {
  struct stat status {};
  if (::fstat(fd, &status) == 0 && status.st_nlink == 0) {
    errno = ENOENT;
    return Failed("fstat", fd);
  }
  if (!WriteAll(fd, at, bytes)) {
    FileResult result = Failed("pwrite", fd);
    result.sound = ::ftruncate(fd, at) == 0;
    return result;
  }
  return closes ? CloseFile(fd) : FileResult{.fd = fd};
}

FileResult CloseFile(int fd) {
  // No retry on EINTR: Linux has already released the descriptor.
  if (::close(fd) != 0 && errno != EINTR) return Failed("close");
  return {};
}

FileResult DiscardFile(const std::string& path, int fd, std::int64_t length) {
  FileResult result;
  if (length > 0) {
    if (::ftruncate(fd, length) != 0) result = Failed("ftruncate");
  } else if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    result = Failed("unlink");
  }
  // Close last: uploaders act on the close.
  if (fd >= 0) ::close(fd);
  return result;
}

FileResult FindFile(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 ? FileResult{} : Failed("access");
}

}  // namespace netlink
