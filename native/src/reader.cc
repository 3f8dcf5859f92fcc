#include "reader.h"

#include <poll.h>

#include <limits>

#include "util/args.h"

namespace netlink {

Napi::Value HasReaderValue(const Napi::CallbackInfo& info) {
  const auto fd =
      static_cast<int>(RequireInteger(info[0], "fd", 0, std::numeric_limits<int>::max()));
  pollfd wait{.fd = fd, .events = 0, .revents = 0};
  // The events of an end are reported without being asked for. If the call fails, nothing is known,
  // and the next write will report it.
  const bool gone = ::poll(&wait, 1, 0) > 0 && (wait.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  return Napi::Boolean::New(info.Env(), !gone);
}

}  // namespace netlink
