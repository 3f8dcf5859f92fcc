#include "network-namespace.h"

#include <sched.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "../util/signals-blocked.h"

namespace netlink {

std::optional<Failure> NetworkNamespace::Run(const std::function<void()>& work) const {
  std::optional<Failure> failure;
  try {
    const SignalsBlocked blocked;
    std::thread([&] {
      if (::setns(fd_.get(), CLONE_NEWNET) < 0) {
        failure = Failure{FailureCode::kNamespace, errno, "setns"};
      } else {
        work();
      }
    }).join();
  } catch (const std::system_error& error) {
    return Failure{FailureCode::kNamespace, error.code().value(), "pthread_create"};
  }
  return failure;
}

ChannelOpener Inside(NamespacePointer place, ChannelOpener opener) {
  return [place = std::move(place), opener = std::move(opener)](int protocol) {
    return OpenInside<Channel>(place, [&] { return opener(protocol); });
  };
}

EventOpener Inside(NamespacePointer place, EventOpener opener) {
  return
      [place = std::move(place), opener = std::move(opener)](int protocol, const EventSpec& spec) {
        return OpenInside<EventChannel>(place, [&] { return opener(protocol, spec); });
      };
}

GroupOpener Inside(NamespacePointer place, GroupOpener opener) {
  return
      [place = std::move(place), opener = std::move(opener)](int protocol, const GroupSpec& spec) {
        return OpenInside<EventChannel>(place, [&] { return opener(protocol, spec); });
      };
}

}  // namespace netlink
