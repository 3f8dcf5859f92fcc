#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../util/bytes.h"
#include "../util/fd.h"
#include "buffer-pool.h"
#include "event.h"
#include "live.h"
#include "sockets.h"

namespace netlink::relay {

/** One socket of a connection, and what is known of it without a system call. */
struct Side {
  UniqueFd fd;
  /** True unless the last read or write came to the end of what was possible. */
  bool readable = false;
  bool writable = false;
  /** True after the peer's FIN was read. */
  bool ended = false;
  /** True after the peer's FIN was announced: a short read is not the end. */
  bool hung_up = false;
  /** True after urgent bytes arrived: a read stops at them, so a short read is not the end. */
  bool urgent = false;
  /** True after FIN was sent. */
  bool shut = false;
  /** True after its socket failed: no RST has to be sent. */
  bool failed = false;
};

/** Bytes of one direction that were received and not written yet. */
struct Flow {
  /** Present only while something waits. */
  std::unique_ptr<Buffer> buffer;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  /** Bytes at the start that are not the peer's: a PROXY header. */
  std::uint32_t uncounted = 0;

  bool waiting() const { return start < end; }
};

/** Time limits in ns; 0: none. `RelayLimits` in relay-binding.ts. */
struct Limits {
  std::int64_t idle = 0;
  std::int64_t client_silent = 0;
  std::int64_t half_closed = 0;
  std::int64_t lifetime = 0;
};

/** `RelayConnectOptions` in relay-binding.ts. */
struct ConnectSpec {
  BackendSpec backend;
  /** True to bind to the client's address. */
  bool from_client = false;
  /** In ns; 0: none. */
  std::int64_t timeout = 0;
  Limits limits;
  std::vector<std::uint8_t> first_bytes;
  std::uint64_t dump_bytes = 0;
};

/** State of a connection that only the thread uses. */
struct ConnectionWork {
  /** Id: the generation above the slot's number. 0: the slot is free. */
  std::uint64_t id = 0;
  Side client;
  Side backend;
  Flow up;
  Flow down;
  Limits limits;
  /** Command of a connect that has not ended yet. */
  std::unique_ptr<ConnectSpec> connecting;
  /** Monotonic times in ns; 0: not yet. */
  std::int64_t connect_start = 0;
  std::int64_t first_client = 0;
  std::int64_t first_backend = 0;
  /** Time at which an end by FIN becomes one by RST. */
  std::int64_t close_deadline = 0;
  std::uint64_t dump_left = 0;
  std::uint64_t dump_omitted = 0;
  /** Reason of an end that is under way. Before it, the side whose FIN was first. */
  EndReason reason = EndReason::kClosed;
  /** True until the first command. */
  bool unanswered = false;
  bool was_connected = false;
  bool dumps = false;
  /** True while the connection is in the list of those with more work. */
  bool queued = false;
  /** True while its connect waits for a descriptor. */
  bool starved = false;
};

/** A client's connection and that to its backend. */
struct Connection : ConnectionWork {
  Live live;

  LiveState state() const { return live.state.get(); }
  Side& side(bool of_backend) { return of_backend ? backend : client; }
  /** Frees the slot, for the next connection. */
  void Clear() {
    live.id.Set(0);
    static_cast<ConnectionWork&>(*this) = ConnectionWork{};
  }
};

}  // namespace netlink::relay
