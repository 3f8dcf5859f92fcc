#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "event-stream.h"
#include "failure.h"
#include "netlink-socket.h"
#include "util/fd.h"

namespace netlink {

/**
 * A network namespace that is not this process's. A socket belongs for good to the namespace of the
 * thread that opened it, so that sockets are opened inside and used from anywhere. As long as this
 * or such a socket lives, the namespace does, too.
 */
class NetworkNamespace {
 public:
  /** `fd` is an open file of the namespace, such as /proc/PID/ns/net. */
  explicit NetworkNamespace(UniqueFd fd) : fd_(std::move(fd)) {}

  /** Runs `work` inside, on a thread that lives only for it: there is no way back that could fail.
   * Returns why it was not run: setns() takes CAP_SYS_ADMIN. */
  std::optional<Failure> Run(const std::function<void()>& work) const;

  /** Why it cannot be entered, if so. */
  std::optional<Failure> Check() const {
    return Run([] {});
  }

 private:
  UniqueFd fd_;
};

/** Null: this process's own. */
using NamespacePointer = std::shared_ptr<const NetworkNamespace>;

/** Openers that do what the given ones do, in a namespace. */
ChannelOpener Inside(NamespacePointer place, ChannelOpener opener);
EventOpener Inside(NamespacePointer place, EventOpener opener);

}  // namespace netlink
