#pragma once

#include <cstdint>

namespace relay_load {

/** Beginning of each request: its length with this, and the length of the answer. */
struct Head {
  std::uint32_t request;
  std::uint32_t answer;
};

/** Opens a listening socket on loopback. Returns -1 after a failure. */
int ListenLoopback(int port);

/** Begins to connect to a port of loopback. Returns a non-blocking socket, or -1. */
int ConnectLoopback(int port);

/** Answers requests for ever. Closes a connection after its FIN. */
void Serve(int listener);

}  // namespace relay_load
