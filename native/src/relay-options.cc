#include "relay-options.h"

#include <cmath>
#include <optional>
#include <string>

#include "relay/acceptor.h"
#include "util/args.h"

namespace netlink {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kMaxMs = 0x7fffffff;
constexpr std::int64_t kMaxKeepAliveSec = 32'767;
constexpr std::int64_t kMaxLingerMs = 3'600'000;
constexpr std::int64_t kMaxDumpBytes = std::int64_t{1} << 30;
constexpr std::int64_t kMaxFirstBytes = 4096;
constexpr std::int64_t kMaxConnection = std::int64_t{1} << 52;
/** Numbers of listeners fit into a key of epoll. */
constexpr std::int64_t kMaxListener = std::int64_t{1} << 30;
constexpr std::int64_t kMaxOpen = relay::Connections::kMaxSlots;
constexpr std::int64_t kMaxSafe = (std::int64_t{1} << 53) - 1;

std::string NameOf(const char* name) { return std::string("options.") + name; }

std::optional<std::int64_t> ReadInteger(const Napi::Object& options, const char* name,
                                        std::int64_t low, std::int64_t high) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return std::nullopt;
  return RequireInteger(value, NameOf(name), low, high);
}

std::optional<std::int64_t> ReadMs(const Napi::Object& options, const char* name) {
  const auto ms = ReadInteger(options, name, 0, kMaxMs);
  return ms ? std::optional(*ms * kNsPerMs) : std::nullopt;
}

bool ReadFlag(const Napi::Object& options, const char* name) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return false;
  if (!value.IsBoolean()) ThrowArgument(value.Env(), NameOf(name), "a boolean");
  return value.As<Napi::Boolean>();
}

SocketAddress ReadAddress(const Napi::Value& value, const char* name, std::uint16_t port) {
  if (!value.IsString()) ThrowArgument(value.Env(), NameOf(name), "a string");
  const auto address = ParseSocketAddress(value.As<Napi::String>(), port);
  if (!address) ThrowArgument(value.Env(), NameOf(name), "a numeric address");
  return *address;
}

std::uint16_t ReadPort(const Napi::Object& options, const char* name, std::int64_t low) {
  return static_cast<std::uint16_t>(RequireInteger(options.Get(name), NameOf(name), low, 65535));
}

relay::SideOptions ReadSide(const Napi::Object& options) {
  relay::SideOptions side;
  side.user_timeout_ms = static_cast<int>(
      ReadInteger(options, "userTimeoutMs", 0, kMaxMs).value_or(side.user_timeout_ms));
  side.keep_alive_sec = static_cast<int>(
      ReadInteger(options, "keepAliveSec", 0, kMaxKeepAliveSec).value_or(side.keep_alive_sec));
  return side;
}

}  // namespace

relay::RelaySpec ReadRelayOptions(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  relay::RelaySpec spec;
  if (const auto number = ReadInteger(options, "maxWaiting", 1, kMaxOpen)) {
    spec.max_waiting = static_cast<std::uint32_t>(*number);
  }
  if (const auto rate = ReadInteger(options, "dumpBytesPerSec", 0, kMaxDumpBytes)) {
    spec.dump_bytes_per_sec = static_cast<std::uint64_t>(*rate);
  }
  if (const auto bytes = ReadInteger(options, "maxPendingDumpBytes", 0, kMaxDumpBytes)) {
    spec.max_pending_dump_bytes = static_cast<std::size_t>(*bytes);
  }
  if (const auto ms = ReadInteger(options, "lingerMs", 0, kMaxLingerMs)) {
    spec.linger_ns = *ms * kNsPerMs;
  }
  return spec;
}

RelayListenArguments ReadRelayListen(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  RelayListenArguments arguments{};
  relay::ListenSpec& spec = arguments.spec;
  spec.address = ReadAddress(options.Get("address"), "address", ReadPort(options, "port", 0));
  spec.side = ReadSide(options);
  spec.backlog = static_cast<int>(ReadInteger(options, "backlog", 1, 65535).value_or(spec.backlog));
  spec.takes_over = ReadFlag(options, "takesOver");
  spec.shares = ReadFlag(options, "shares");
  spec.v6_only = ReadFlag(options, "v6Only");
  spec.transparent = ReadFlag(options, "transparent");
  const Napi::Value max_open = options.Get("maxOpen");
  arguments.max_open =
      max_open.IsUndefined() ? relay::kUnlimited : ReadRelayMaxOpen(max_open, "options.maxOpen");
  arguments.paused = ReadFlag(options, "paused");
  return arguments;
}

std::unique_ptr<relay::ConnectSpec> ReadRelayConnect(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  auto spec = std::make_unique<relay::ConnectSpec>();
  relay::BackendSpec& backend = spec->backend;
  backend.address = ReadAddress(options.Get("address"), "address", ReadPort(options, "port", 1));
  backend.side = ReadSide(options);
  backend.transparent = ReadFlag(options, "transparent");
  const auto source_port =
      static_cast<std::uint16_t>(ReadInteger(options, "sourcePort", 0, 65535).value_or(0));
  if (const Napi::Value source = options.Get("source"); !source.IsUndefined()) {
    backend.source = ReadAddress(source, "source", source_port);
  } else {
    spec->from_client = backend.transparent;
    if (source_port != 0) {
      ThrowArgument(value.Env(), "options.sourcePort", "given together with options.source");
    }
  }
  spec->timeout = ReadMs(options, "connectTimeoutMs").value_or(0);
  const relay::LimitsCommand limits = ReadRelayLimits(value, 0);
  spec->limits = {.idle = limits.idle.value_or(0),
                  .client_silent = limits.client_silent.value_or(0),
                  .half_closed = limits.half_closed.value_or(0),
                  .lifetime = limits.lifetime.value_or(0)};
  spec->dump_bytes =
      static_cast<std::uint64_t>(ReadInteger(options, "dumpBytes", 0, kMaxSafe).value_or(0));
  if (const Napi::Value first = options.Get("firstBytes"); !first.IsUndefined()) {
    const Napi::Uint8Array bytes = RequireBytes(first, "options.firstBytes");
    if (bytes.ByteLength() > kMaxFirstBytes) {
      ThrowArgument(value.Env(), "options.firstBytes", "at most 4096 bytes long");
    }
    spec->first_bytes.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
  }
  return spec;
}

relay::LimitsCommand ReadRelayLimits(const Napi::Value& value, std::uint64_t connection) {
  const Napi::Object limits = RequireObject(value, "options");
  return {.connection = connection,
          .idle = ReadMs(limits, "idleMs"),
          .client_silent = ReadMs(limits, "clientSilentMs"),
          .half_closed = ReadMs(limits, "halfClosedMs"),
          .lifetime = ReadMs(limits, "lifetimeMs")};
}

std::uint64_t ReadRelayConnection(const Napi::Value& value) {
  return static_cast<std::uint64_t>(RequireInteger(value, "connection", 0, kMaxConnection));
}

std::uint32_t ReadRelayListener(const Napi::Value& value) {
  return static_cast<std::uint32_t>(RequireInteger(value, "listener", 1, kMaxListener));
}

std::uint32_t ReadRelayMaxOpen(const Napi::Value& value, const char* name) {
  if (value.IsNumber() && std::isinf(value.As<Napi::Number>().DoubleValue())) {
    return relay::kUnlimited;
  }
  return static_cast<std::uint32_t>(RequireInteger(value, name, 0, kMaxOpen));
}

bool ReadRelayClosing(const Napi::Value& value) {
  const std::string how = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (how != "fin" && how != "rst") ThrowArgument(value.Env(), "how", "fin or rst");
  return how == "rst";
}

}  // namespace netlink
