#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "relay/command-queue.h"
#include "relay/relay-loop.h"
#include "relay/sockets.h"

namespace netlink {

/* Arguments of `Relay` in relay-binding.ts. All throw TypeError. */

/** A listening socket, and when it accepts. */
struct RelayListenArguments {
  relay::ListenSpec spec;
  std::uint32_t max_open;
  bool paused;
};

relay::RelaySpec ReadRelayOptions(const Napi::Value& value);
RelayListenArguments ReadRelayListen(const Napi::Value& value);
std::unique_ptr<relay::ConnectSpec> ReadRelayConnect(const Napi::Value& value);
relay::LimitsCommand ReadRelayLimits(const Napi::Value& value, std::uint64_t connection);
std::uint64_t ReadRelayConnection(const Napi::Value& value);
std::uint32_t ReadRelayListener(const Napi::Value& value);
/** Returns a number of connections, or relay::kUnlimited for Infinity. */
std::uint32_t ReadRelayMaxOpen(const Napi::Value& value, const char* name);
/** Returns true for `rst`, false for `fin`. */
bool ReadRelayClosing(const Napi::Value& value);

}  // namespace netlink
