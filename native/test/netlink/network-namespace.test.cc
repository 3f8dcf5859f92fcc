#include "../../src/netlink/network-namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>

#include "../check.h"

namespace netlink::test {
namespace {

constexpr const char* kHere = "/proc/thread-self/ns/net";

UniqueFd Open(const char* path) { return UniqueFd(::open(path, O_RDONLY | O_CLOEXEC)); }

ino_t InodeHere() {
  struct stat status {};
  CHECK(::stat(kHere, &status) == 0);
  return status.st_ino;
}

TEST("network namespace: work runs inside, and this thread stays outside") {
  UniqueFd file;
  ino_t there = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) < 0) return;
    file = Open(kHere);
    there = InodeHere();
  }).join();
  if (!file) {
    std::fprintf(stderr, "skipped: entering a network namespace: not root, who alone may\n");
    return;
  }
  const ino_t here = InodeHere();
  CHECK(there != here);
  const auto place = std::make_shared<const NetworkNamespace>(std::move(file));
  ino_t seen = 0;
  CHECK(!place->Run([&] { seen = InodeHere(); }));
  CHECK_EQ(seen, there);
  CHECK_EQ(InodeHere(), here);
  CHECK(!place->Check());

  // NETLINK_SOCK_DIAG: a socket that was opened inside can be used from this thread.
  const auto channel = Inside(place, OpenKernelChannel)(4);
  CHECK(std::get<Channel>(channel).fd.get() >= 0);
  CHECK_EQ(InodeHere(), here);
}

TEST("network namespace: a file that is not a namespace cannot be entered") {
  const NetworkNamespace place(Open("/dev/null"));
  const auto failure = place.Check();
  CHECK(failure.has_value());
  CHECK(failure->code == FailureCode::kNamespace);
  CHECK_EQ(failure->error, EINVAL);
  CHECK_EQ(std::string(failure->op), "setns");
  bool ran = false;
  CHECK(place.Run([&] { ran = true; }).has_value());
  CHECK(!ran);
}

TEST("network namespace: without one, sockets are opened in this namespace") {
  const auto opened = Inside(nullptr, [](int protocol) -> Result<Channel> {
    return Failure{FailureCode::kSocket, protocol, "socket"};
  })(31);
  CHECK_EQ(std::get<Failure>(opened).error, 31);
}

}  // namespace
}  // namespace netlink::test
