/*
 * Functions that a newer system's g++ takes from its glibc, and that glibc 2.28 lacks. A prebuilt addon contains them.
 * Linked before glibc, and visible only in the addon.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since 2.32: true allows non-atomic operations. False here: Node has threads. */
char __libc_single_threaded = 0;

/* All since 2.33; before, inline functions of the header. On 64 bits the kernel's struct stat equals glibc's. */
int stat(const char *path, struct stat *out) { return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, 0); }
int fstat(int fd, struct stat *out) { return (int)syscall(SYS_fstat, fd, out); }
int fstatat(int fd, const char *path, struct stat *out, int flags) {
  return (int)syscall(SYS_newfstatat, fd, path, out, flags);
}

/* Since 2.36, for std::random_device. */
uint32_t arc4random(void) {
  uint32_t value;
  while (syscall(SYS_getrandom, &value, sizeof value, 0) != sizeof value)
    if (errno != EINTR) abort();
  return value;
}
