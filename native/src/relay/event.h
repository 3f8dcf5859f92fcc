#pragma once

#include <cstddef>
#include <cstdint>

/* Records of the events that JavaScript receives. relay-events.ts decodes them by these offsets. */

namespace netlink::relay {

enum class EventKind : std::uint16_t {
  kAccepted,
  kConnected,
  kConnectFailed,
  kEnded,
  kDump,
  kAccepting,
  kStopped,
};

/** RELAY_END_REASONS in relay-binding.ts. Reasons of the client are followed by those of the
 * backend. */
enum class EndReason : std::uint16_t {
  kClient,
  kBackend,
  kClientReset,
  kBackendReset,
  kClientTimeout,
  kBackendTimeout,
  kClientError,
  kBackendError,
  kIdle,
  kClientSilent,
  kHalfClosed,
  kLifetime,
  kClosed,
  kRejected,
  kRelayClosed,
};

/** RELAY_SYSCALLS in relay-binding.ts. */
enum class ConnectCall : std::uint16_t { kSocket, kSetsockopt, kBind, kConnect };

enum class Direction : std::uint16_t { kUp, kDown };

struct EventHeader {
  /** Length of the record with this header, a multiple of 8. */
  std::uint32_t size;
  EventKind kind;
  /** Reason, system call or direction. */
  std::uint16_t code;
  /** Id of the connection, or 0. */
  double connection;
};
static_assert(sizeof(EventHeader) == 16);

struct Endpoint {
  std::uint8_t bytes[16];
  std::uint16_t family;
  std::uint16_t port;
  std::uint32_t scope;
};
static_assert(sizeof(Endpoint) == 24 && offsetof(Endpoint, port) == 18);

struct AcceptedEvent {
  EventHeader header;
  std::uint32_t listener;
  std::uint32_t padding;
  double accepted_us;
  std::uint64_t cookie;
  Endpoint client;
  Endpoint local;
};
static_assert(sizeof(AcceptedEvent) == 88 && offsetof(AcceptedEvent, client) == 40);

struct ConnectedEvent {
  EventHeader header;
  std::uint64_t cookie;
  double connect_us;
  Endpoint local;
  Endpoint backend;
};
static_assert(sizeof(ConnectedEvent) == 80 && offsetof(ConnectedEvent, local) == 32);

struct ConnectFailedEvent {
  EventHeader header;
  std::uint32_t error;
  std::uint32_t padding;
  double connect_us;
};
static_assert(sizeof(ConnectFailedEvent) == 32);

inline constexpr std::uint32_t kFlagConnected = 1;
inline constexpr std::uint32_t kFlagReset = 2;

/** Followed by both sides' tcp_info. */
struct EndedEvent {
  EventHeader header;
  std::uint32_t listener;
  std::uint32_t error;
  std::uint32_t flags;
  std::uint16_t client_info;
  std::uint16_t backend_info;
  double duration_us;
  double first_client_us;
  double last_client_us;
  double first_backend_us;
  double last_backend_us;
  double client_received;
  double backend_sent;
  double backend_received;
  double client_sent;
  double dump_omitted;
};
static_assert(sizeof(EndedEvent) == 112 && offsetof(EndedEvent, duration_us) == 32);

/** Followed by the bytes. */
struct DumpEvent {
  EventHeader header;
  double read_us;
  double offset;
  std::uint32_t length;
  std::uint32_t padding;
};
static_assert(sizeof(DumpEvent) == 40);

/** kAccepting and kStopped. */
struct ListenerEvent {
  EventHeader header;
  std::uint32_t listener;
  std::uint32_t error;
};
static_assert(sizeof(ListenerEvent) == 24);

}  // namespace netlink::relay
