#include "netlink-args.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "failure-values.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxInt32 = 0x7fffffff;
constexpr std::size_t kMaxFilter = 4096;  // BPF_MAXINSNS

}  // namespace

std::uint16_t ReadMessageType(const Napi::Value& value, const std::string& name) {
  return static_cast<std::uint16_t>(RequireInteger(value, name, 0, 0xffff));
}

Request ReadDumpMessage(const Napi::Value& value, const std::string& name) {
  const Napi::Uint8Array bytes = RequireBytes(value, name);
  Request request(bytes.Data(), bytes.Data() + bytes.ByteLength());
  constexpr std::uint16_t kFlags = kFlagRequest | kFlagDump;
  const bool whole = request.size() >= sizeof(MessageHeader) &&
                     Load<MessageHeader>(request.data()).length == request.size();
  if (!whole || (Load<MessageHeader>(request.data()).flags & kFlags) != kFlags) {
    ThrowArgument(value.Env(), name, "one whole netlink message with NLM_F_REQUEST and NLM_F_DUMP");
  }
  return request;
}

std::vector<FilterInstruction> ReadFilter(const Napi::Value& value, const std::string& name) {
  const Napi::Uint8Array bytes = RequireBytes(value, name);
  std::vector<FilterInstruction> filter(bytes.ByteLength() / sizeof(FilterInstruction));
  if (bytes.ByteLength() % sizeof(FilterInstruction) != 0 || filter.size() > kMaxFilter) {
    ThrowArgument(value.Env(), name, "at most 4096 instructions of 8 bytes");
  }
  if (!filter.empty()) std::memcpy(filter.data(), bytes.Data(), bytes.ByteLength());
  return filter;
}

int ReadProtocol(const Napi::Object& options, const std::string& name) {
  return static_cast<int>(
      RequireInteger(options.Get("protocol"), name + ".protocol", 0, kMaxInt32));
}

NamespacePointer ReadNamespace(const Napi::Object& options, const std::string& name) {
  const Napi::Value value = options.Get("namespace");
  if (value.IsUndefined()) return nullptr;
  const auto given = static_cast<int>(RequireInteger(value, name + ".namespace", 0, kMaxInt32));
  UniqueFd fd(::fcntl(given, F_DUPFD_CLOEXEC, 0));
  if (!fd) throw MakeError(value.Env(), {FailureCode::kNamespace, errno, "fcntl"});
  return std::make_shared<const NetworkNamespace>(std::move(fd));
}

}  // namespace netlink
