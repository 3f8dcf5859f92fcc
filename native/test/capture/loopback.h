#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "../../src/netlink/network-namespace.h"
#include "../check.h"

namespace netlink::test {

/** A network namespace with a loopback interface, and a socket in it that sends to itself. */
class Loopback {
 public:
  /** `place()` is null if namespaces cannot be made here; then that is reported. */
  Loopback() {
    UniqueFd file;
    std::thread([&] {
      if (::unshare(CLONE_NEWNET) < 0) return;
      socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ifreq request{};
      std::strcpy(request.ifr_name, "lo");
      request.ifr_flags = IFF_UP;
      if (::ioctl(socket_.get(), SIOCSIFFLAGS, &request) < 0) return;
      address_.sin_family = AF_INET;
      address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t length = sizeof address_;
      if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address_), length) < 0) return;
      ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_), &length);
      file = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }).join();
    if (!file) {
      std::fprintf(stderr, "skipped: capturing packets: not root, who alone may\n");
      return;
    }
    place_ = std::make_shared<const NetworkNamespace>(std::move(file));
  }

  const NamespacePointer& place() const { return place_; }

  /** Sends packets of this many bytes of payload, whose first ones are a number that counts up. */
  void Send(std::uint32_t count, std::size_t bytes = 1000) {
    std::vector<std::uint8_t> payload(bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::memcpy(payload.data(), &sent_, sizeof sent_);
      ++sent_;
      const auto* const to = reinterpret_cast<const sockaddr*>(&address_);
      CHECK(::sendto(socket_.get(), payload.data(), bytes, 0, to, sizeof address_) > 0);
    }
  }

  std::uint32_t sent() const { return sent_; }

 private:
  UniqueFd socket_;
  sockaddr_in address_{};
  NamespacePointer place_;
  std::uint32_t sent_ = 0;
};

}  // namespace netlink::test
