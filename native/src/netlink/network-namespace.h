#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "../util/fd.h"
#include "event-stream.h"
#include "failure.h"
#include "netlink-socket.h"

namespace netlink {

/**
 * Another network namespace than that of this process. A socket always belongs to the namespace of
 * the thread that opened it. So sockets are opened inside a namespace and used from any thread.
 * This object, and each socket in the namespace, keeps the namespace alive.
 */
class NetworkNamespace {
 public:
  /** @param fd an open file of the namespace, such as /proc/PID/ns/net */
  explicit NetworkNamespace(UniqueFd fd) : fd_(std::move(fd)) {}

  /** Runs `work` inside, on a new thread that then ends, so it never has to switch back. Returns
   * the reason if `work` was not run: setns() needs CAP_SYS_ADMIN. */
  std::optional<Failure> Run(const std::function<void()>& work) const;

  /** Returns the reason if the namespace cannot be entered. */
  std::optional<Failure> Check() const {
    return Run([] {});
  }

 private:
  UniqueFd fd_;
};

/** Network namespace; null for that of this process. */
using NamespacePointer = std::shared_ptr<const NetworkNamespace>;

/** Runs `open` inside a namespace, or on this thread if `place` is null. */
template <typename T>
Result<T> OpenInside(const NamespacePointer& place, const std::function<Result<T>()>& open) {
  if (!place) return open();
  std::optional<Result<T>> opened;
  if (const auto failure = place->Run([&] { opened = open(); })) return *failure;
  return std::move(*opened);
}

/** Returns an opener that runs `opener` inside a namespace. */
ChannelOpener Inside(NamespacePointer place, ChannelOpener opener);
EventOpener Inside(NamespacePointer place, EventOpener opener);
GroupOpener Inside(NamespacePointer place, GroupOpener opener);

}  // namespace netlink
