#include "file-locks.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <csignal>
#include <limits>

#include "util/args.h"
#include "util/error.h"

namespace netlink {
namespace {

int ReadFd(const Napi::CallbackInfo& info) {
  return static_cast<int>(RequireInteger(info[0], "fd", 0, std::numeric_limits<int>::max()));
}

}  // namespace

Napi::Value IsOpenForWritingValue(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = ReadFd(info);
  // A program that opens the file for writing while the lease is held makes the kernel send a
  // signal to the holder: SIGIO by default, which would end the process. SIGURG is ignored.
  if (::fcntl(fd, F_SETSIG, SIGURG) < 0) throw MakeError(env, "ERR_SYSTEM", errno, "fcntl");
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) < 0) {
    if (errno == EAGAIN) return Napi::Boolean::New(env, true);
    throw MakeError(env, "ERR_SYSTEM", errno, "fcntl");
  }
  // At once, because the lease would hold up a writer: fs/locks.c, __break_lease.
  if (::fcntl(fd, F_SETLEASE, F_UNLCK) < 0) throw MakeError(env, "ERR_SYSTEM", errno, "fcntl");
  return Napi::Boolean::New(env, false);
}

Napi::Value LockFileValue(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (::flock(ReadFd(info), LOCK_EX | LOCK_NB) == 0) return Napi::Boolean::New(env, true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(env, false);
  throw MakeError(env, "ERR_SYSTEM", errno, "flock");
}

}  // namespace netlink
