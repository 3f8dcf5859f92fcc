#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "../../src/relay/relay-thread.h"
#include "../check.h"

/* A relay on loopback, whose events a test receives in the role of JavaScript. */

namespace netlink::test {

/** A record of an event, with what follows it. */
struct RelayRecord {
  std::vector<std::uint8_t> bytes;

  relay::EventHeader header() const { return As<relay::EventHeader>(); }
  relay::EventKind kind() const { return header().kind; }
  std::uint64_t connection() const { return static_cast<std::uint64_t>(header().connection); }
  relay::EndReason reason() const { return static_cast<relay::EndReason>(header().code); }

  template <typename Event>
  Event As() const {
    Event event;
    CHECK(bytes.size() >= sizeof(event));
    std::memcpy(&event, bytes.data(), sizeof(event));
    return event;
  }
};

/** Loopback address with a port. */
SocketAddress Loopback(std::uint16_t port);

/** Opens a listening socket of a backend. */
UniqueFd ListenAsBackend(std::uint16_t& port);

/** Begins to connect to a port. Receive and send buffers of `buffer_bytes`, or the system's for 0.
 */
UniqueFd ConnectTo(std::uint16_t port, int buffer_bytes = 0);

/** Accepts a connection, waiting for it. */
UniqueFd AcceptFrom(int listener);

/** Makes a blocking socket's reads fail after some seconds, so that no test hangs. */
void SetReadTimeout(int fd);

/** Reads until FIN. Fails the test at an error. */
std::string ReadToEnd(int fd);

/** Returns the errno of the next read: 0 for FIN or bytes. */
int ReadError(int fd);

class RelayHarness {
 public:
  explicit RelayHarness(const relay::RelaySpec& spec = {});

  /** Listens on loopback. Returns the port. */
  std::uint16_t Listen(std::uint32_t max_open = relay::kUnlimited, bool paused = false);
  std::uint32_t listener() const { return listeners_; }

  void Send(relay::Command command) { thread.loop().commands().Push(std::move(command)); }
  /** Connects a connection to a port, with changes to the options. */
  void Connect(std::uint64_t connection, std::uint16_t port,
               const std::function<void(relay::ConnectSpec&)>& change = {});

  /** Returns the events that arrived since the last call, in order. */
  std::vector<RelayRecord> Take();
  /** Waits for the next event, which must be of this kind. */
  RelayRecord Next(relay::EventKind kind);

  relay::RelayThread thread;

 private:
  std::uint32_t listeners_ = 0;
  std::vector<RelayRecord> arrived_;
  relay::EventBatch batch_;
};

/** A client and a backend that are joined by a relay. */
struct RelayedPair {
  explicit RelayedPair(RelayHarness& harness,
                       const std::function<void(relay::ConnectSpec&)>& change = {});

  std::uint64_t id = 0;
  UniqueFd backend_listener;
  UniqueFd client;
  UniqueFd backend;
};

}  // namespace netlink::test
