/*
 * Requests /healthz from the tcp-info of this container. Exit code 0: healthy, 1: not.
 *
 *   healthcheck [SECONDS]    time limit (4)
 *
 * The address is not known: it may come from a flag, the environment or a default, and a read-only container cannot
 * store it. So this program searches /proc for a process in its own mount namespace, and the process's descriptors for
 * a listening socket. This takes a millisecond; Node would take fifty.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* include/net/tcp_states.h */
#define TCP_LISTEN 0x0A
/* Maximum number of socket descriptors to check. The listener is among the first that are opened. */
#define MAX_SOCKETS 65536

struct address {
  struct sockaddr_storage socket;
  socklen_t length;
};

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  exit(1);
}

static void late(int signal) {
  (void)signal;
  static const char text[] = "no answer in time\n";
  ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
  (void)ignored;
  _exit(1);
}

/* Finds the inodes of a process's sockets. Returns their number, or -1 without permission. */
static int sockets_of(int pid, uint64_t *inodes) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *folder = opendir(path);
  if (folder == NULL) return -1;
  int count = 0;
  for (struct dirent *entry; count < MAX_SOCKETS && (entry = readdir(folder)) != NULL;) {
    char target[64];
    ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = '\0';
    if (sscanf(target, "socket:[%" SCNu64 "]", &inodes[count]) == 1) count++;
  }
  closedir(folder);
  return count;
}

/* Finds the interface of a link-local address, which /proc/net/tcp6 does not contain; 0 if not found. */
static uint32_t interface_of(const struct in6_addr *address) {
  FILE *file = fopen("/proc/net/if_inet6", "re");
  if (file == NULL) return 0;
  char hex[33] = "";
  for (int i = 0; i < 16; i++) snprintf(hex + 2 * i, 3, "%02x", address->s6_addr[i]);
  char line[128];
  char other[33];
  unsigned index;
  uint32_t found = 0;
  while (found == 0 && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%32[0-9a-f] %x", other, &index) == 2 && strcmp(hex, other) == 0) found = index;
  }
  fclose(file);
  return found;
}

/* Parses an address of /proc/net/tcp or tcp6: 32-bit words in network order, each printed in host order. */
static struct address to_address(const char *hex, unsigned port) {
  uint32_t words[4] = {0};
  size_t count = strlen(hex) / 8;
  for (size_t i = 0; i < count && i < 4; i++) {
    char word[9] = {0};
    memcpy(word, hex + i * 8, 8);
    words[i] = (uint32_t)strtoul(word, NULL, 16);
  }
  struct address address = {0};
  if (count == 1) {
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address.socket;
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons((uint16_t)port);
    ipv4->sin_addr.s_addr = words[0] == 0 ? htonl(INADDR_LOOPBACK) : words[0];
    address.length = sizeof *ipv4;
  } else {
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.socket;
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons((uint16_t)port);
    memcpy(&ipv6->sin6_addr, words, sizeof words);
    if (IN6_IS_ADDR_LINKLOCAL(&ipv6->sin6_addr)) ipv6->sin6_scope_id = interface_of(&ipv6->sin6_addr);
    address.length = sizeof *ipv6;
  }
  return address;
}

/* Finds the listening one of these sockets. Listeners come first in these files, so the rest is not read. */
static bool find_listener(int pid, const char *table, const uint64_t *inodes, int count, struct address *found) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/net/%s", pid, table);
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  char line[512];
  bool is_found = false;
  bool is_header = true;
  while (!is_found && fgets(line, sizeof line, file) != NULL) {
    if (is_header) {
      is_header = false;
      continue;
    }
    char hex[33];
    unsigned port;
    unsigned state;
    uint64_t inode;
    const char *format = " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %" SCNu64;
    if (sscanf(line, format, hex, &port, &state, &inode) != 4 || state != TCP_LISTEN) break;
    for (int i = 0; i < count && !is_found; i++) is_found = inodes[i] == inode;
    if (is_found) *found = to_address(hex, port);
  }
  fclose(file);
  return is_found;
}

/* Returns whether a process belongs to the container. With --pid=host, the first process does not. */
static bool is_of_container(int pid, ino_t own) {
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
  return stat(path, &status) == 0 && status.st_ino == own;
}

static struct address find_page(void) {
  static uint64_t inodes[MAX_SOCKETS];
  struct stat status;
  if (stat("/proc/self/ns/mnt", &status) != 0) fail("stat /proc/self/ns/mnt: %s", strerror(errno));
  DIR *processes = opendir("/proc");
  if (processes == NULL) fail("open /proc: %s", strerror(errno));
  pid_t self = getpid();
  struct address found;
  for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
    int pid = atoi(entry->d_name); /* 0 for entries that are not processes */
    if (pid <= 0 || pid == self || !is_of_container(pid, status.st_ino)) continue;
    int count = sockets_of(pid, inodes);
    if (count <= 0) continue;
    if (find_listener(pid, "tcp", inodes, count, &found) || find_listener(pid, "tcp6", inodes, count, &found)) {
      closedir(processes);
      return found;
    }
  }
  fail("no process of this container listens: metrics are not served yet, or this is not the collector");
  exit(1);
}

static int try_connect(const struct address *address) {
  int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)&address->socket, address->length) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* Connects to the listener. One on all IPv6 addresses mostly accepts IPv4, too: containers often lack IPv6 loopback. */
static int connect_to(struct address *address) {
  int fd = -1;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address->socket;
  if (ipv6->sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ipv6->sin6_addr)) {
    struct address ipv4 = to_address("00000000", ntohs(ipv6->sin6_port));
    fd = try_connect(&ipv4);
    ipv6->sin6_addr = in6addr_loopback;
  }
  if (fd < 0) fd = try_connect(address);
  if (fd < 0) fail("connect: %s", strerror(errno));
  return fd;
}

int main(int argc, char **argv) {
  int seconds = argc > 1 ? atoi(argv[1]) : 4;
  signal(SIGALRM, late);
  alarm(seconds > 0 ? (unsigned)seconds : 4);

  struct address address = find_page();
  int fd = connect_to(&address);
  static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0) fail("send: %s", strerror(errno));
  char answer[4096];
  size_t length = 0;
  for (ssize_t got; length < sizeof answer - 1; length += (size_t)got) {
    got = read(fd, answer + length, sizeof answer - 1 - length);
    if (got < 0) fail("read: %s", strerror(errno));
    if (got == 0) break;
  }
  answer[length] = '\0';
  int status = 0;
  if (sscanf(answer, "HTTP/1.%*c %d", &status) != 1) fail("the answer is not HTTP");
  const char *body = strstr(answer, "\r\n\r\n");
  printf("%s", body == NULL ? "" : body + 4);
  return status == 200 ? 0 : 1;
}
