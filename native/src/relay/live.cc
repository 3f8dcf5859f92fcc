#include "live.h"

namespace netlink::relay {
namespace {

constexpr std::int64_t kNsPerUs = 1000;

}  // namespace

void Live::Begin(std::uint64_t new_id, std::uint32_t new_listener, std::int64_t now) {
  // A reader that sees one of these values sees that the id has changed.
  id.Set(0);
  listener.Set(new_listener);
  state.Set(LiveState::kWaiting);
  bytes.client_received.Set(0);
  bytes.backend_sent.Set(0);
  bytes.backend_received.Set(0);
  bytes.client_sent.Set(0);
  accepted.Set(now);
  last_client.Set(0);
  last_backend.Set(0);
  id.Set(new_id);
}

bool Live::Read(Row& row) const {
  const std::uint64_t owner = id.get();
  if (owner == 0) return false;
  const std::int64_t start = accepted.get();
  const auto time = [start](std::int64_t ns) {
    return static_cast<double>((ns == 0 ? start : ns) / kNsPerUs);
  };
  // What was written is read before what was received, so that it is never more.
  const std::uint64_t backend_sent = bytes.backend_sent.get();
  const std::uint64_t client_sent = bytes.client_sent.get();
  const std::uint64_t client_received = bytes.client_received.get();
  const std::uint64_t backend_received = bytes.backend_received.get();
  row = {static_cast<double>(owner),
         static_cast<double>(listener.get()),
         static_cast<double>(state.get()),
         time(start),
         static_cast<double>(client_received),
         static_cast<double>(backend_sent),
         static_cast<double>(backend_received),
         static_cast<double>(client_sent),
         time(last_client.get()),
         time(last_backend.get()),
         static_cast<double>(client_received - backend_sent + backend_received - client_sent)};
  return id.get() == owner;
}

}  // namespace netlink::relay
