#include "options.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "netlink-args.h"
#include "util/args.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53;
constexpr std::int64_t kMaxInt32 = 0x7fffffff;
constexpr std::int64_t kMaxOffset = 0xffff;
constexpr std::int64_t kMinIntervalNs = 1'000'000;
constexpr std::int64_t kMaxIntervalNs = 3'600'000'000'000;
constexpr std::size_t kMaxLeftoverBytes = 16;
constexpr std::int64_t kMaxGraceScans = 100'000;
constexpr std::int64_t kMaxGatherNs = 10'000'000'000;
constexpr std::int64_t kDefaultPendingBatches = 64;
constexpr std::int64_t kDefaultPendingBytes = 64 * 1024 * 1024;

std::size_t ReadOffset(const Napi::Value& value, const std::string& name) {
  return static_cast<std::size_t>(RequireInteger(value, name, 0, kMaxOffset));
}

ByteRange ReadRange(const Napi::Value& value, const std::string& name) {
  const Napi::Array pair = RequireArray(value, name);
  if (pair.Length() != 2) ThrowArgument(value.Env(), name, "a pair [start, end)");
  const std::size_t start = ReadOffset(pair.Get(0u), ElementName(name, 0));
  const std::size_t end = ReadOffset(pair.Get(1u), ElementName(name, 1));
  if (end < start) ThrowArgument(value.Env(), name, "a range whose end is not before its start");
  return {start, end};
}

std::vector<ByteRange> ReadRanges(const Napi::Value& value, const std::string& name) {
  return ReadEach(value, name, ReadRange);
}

std::uint16_t ReadAttributeType(const Napi::Value& value, const std::string& name) {
  return static_cast<std::uint16_t>(RequireInteger(value, name, 0, kAttributeTypeMask));
}

std::vector<AttributeRule> ReadAttributeRules(const Napi::Object& mask, const std::string& name) {
  const auto read_rule = [](const Napi::Value& value, const std::string& rule) {
    const Napi::Object object = RequireObject(value, rule);
    return AttributeRule{.type = ReadAttributeType(object.Get("type"), rule + ".type"),
                         .ignored = false,
                         .ranges = ReadRanges(object.Get("ranges"), rule + ".ranges")};
  };
  auto rules = ReadEach(mask.Get("attributes"), name + ".attributes", read_rule);
  for (const std::uint16_t type :
       ReadEach(mask.Get("ignored"), name + ".ignored", ReadAttributeType)) {
    rules.push_back({.type = type, .ignored = true, .ranges = {}});
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (rules[i].type == rules[j].type) {
        ThrowArgument(mask.Env(), name, "a mask that names each attribute once");
      }
    }
  }
  return rules;
}

std::vector<Request> ReadQueryMethod(const Napi::Value& value, const std::string& name) {
  auto requests = ReadEach(value, name, ReadDumpMessage);
  RequireSome(value.Env(), requests, name);
  return requests;
}

std::uint8_t ReadByte(const Napi::Value& value, const std::string& name) {
  return static_cast<std::uint8_t>(RequireInteger(value, name, 0, 0xff));
}

TallySpec ReadTally(const Napi::Value& value, const std::string& name, const MessageShape& shape) {
  const Napi::Object object = RequireObject(value, name);
  TallySpec tally{.offset = ReadOffset(object.Get("offset"), name + ".offset"),
                  .values = ReadEach(object.Get("values"), name + ".values", ReadByte)};
  const Napi::Value filter = object.Get("filter");
  if (!filter.IsUndefined()) tally.filter = MessageFilter(ReadFilter(filter, name + ".filter"));
  if (tally.offset >= shape.attributes_offset) {
    ThrowArgument(value.Env(), name + ".offset", "less than attributesOffset");
  }
  return tally;
}

LeftoverSpec ReadLeftover(const Napi::Value& value, const std::string& name,
                          const MessageShape& shape) {
  const Napi::Object object = RequireObject(value, name);
  LeftoverSpec leftover{.offset = ReadOffset(object.Get("offset"), name + ".offset"),
                        .bytes = ReadEach(object.Get("bytes"), name + ".bytes", ReadByte)};
  if (leftover.bytes.empty() || leftover.bytes.size() > kMaxLeftoverBytes) {
    ThrowArgument(value.Env(), name + ".bytes", "1 to 16 bytes");
  }
  if (leftover.offset + leftover.bytes.size() > shape.attributes_offset) {
    ThrowArgument(value.Env(), name + ".offset", "less than attributesOffset, with all bytes");
  }
  leftover.always = object.Get("always").ToBoolean();
  return leftover;
}

EventSpec ReadEvents(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = RequireObject(value, name);
  EventSpec events;
  events.groups = static_cast<std::uint32_t>(
      RequireInteger(object.Get("groups"), name + ".groups", 1, 0xffffffff));
  events.data_types = ReadEach(object.Get("dataTypes"), name + ".dataTypes", ReadMessageType);
  events.receive_buffer = static_cast<std::size_t>(
      RequireInteger(object.Get("receiveBufferBytes"), name + ".receiveBufferBytes", 1, kMaxInt32));
  events.filter = ReadFilter(object.Get("filter"), name + ".filter");
  const Napi::Value fallback = object.Get("fallbackFilter");
  if (!fallback.IsUndefined()) {
    events.fallback_filter = ReadFilter(fallback, name + ".fallbackFilter");
  }
  events.grace_scans = static_cast<unsigned>(
      RequireInteger(object.Get("graceScans"), name + ".graceScans", 0, kMaxGraceScans));
  events.required = object.Get("required").ToBoolean();
  return events;
}

std::size_t ReadBound(const Napi::Object& options, const char* name, std::int64_t fallback) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return static_cast<std::size_t>(fallback);
  return static_cast<std::size_t>(
      RequireInteger(value, std::string("options.") + name, 1, kMaxInteger));
}

double ReadShare(const Napi::Value& value, const std::string& name) {
  const double share = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  // The negated form also rejects NaN.
  if (!(share > 0 && share <= 1)) {
    ThrowArgument(value.Env(), name, "a number above 0 and up to 1");
  }
  return share;
}

PollSpec ReadPoll(const Napi::Object& options) {
  PollSpec poll;
  const Napi::Value budget = options.Get("cpuBudget");
  if (!budget.IsUndefined()) poll.cpu_budget = ReadShare(budget, "options.cpuBudget");
  const Napi::Value gather = options.Get("gatherNs");
  if (!gather.IsUndefined()) {
    poll.gather_ns = RequireInteger(gather, "options.gatherNs", 0, kMaxGatherNs);
  }
  return poll;
}

}  // namespace

PollerSpec ReadPollerOptions(const Napi::Value& value) {
  const Napi::Object options = RequireObject(value, "options");
  PollerSpec spec;
  spec.sources = ReadEach(options.Get("sources"), "options.sources", ReadSourceOptions);
  RequireSome(value.Env(), spec.sources, "options.sources");
  spec.max_pending_scans = ReadBound(options, "maxPendingBatches", kDefaultPendingBatches);
  spec.max_pending_bytes = ReadBound(options, "maxPendingBytes", kDefaultPendingBytes);
  spec.poll = ReadPoll(options);
  return spec;
}

SourceSpec ReadSourceOptions(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = RequireObject(value, name);
  SourceSpec source;
  source.dump = ReadDumpRequest(value, name);
  source.shape = ReadMessageShape(value, name);
  source.interval_ns = RequireInteger(object.Get("intervalNs"), name + ".intervalNs",
                                      kMinIntervalNs, kMaxIntervalNs);
  const Napi::Value idle = object.Get("idleIntervalNs");
  if (!idle.IsUndefined()) {
    source.idle_interval_ns =
        RequireInteger(idle, name + ".idleIntervalNs", source.interval_ns, kMaxIntervalNs);
  }
  const Napi::Value tally = object.Get("tally");
  if (!tally.IsUndefined()) source.tally = ReadTally(tally, name + ".tally", source.shape);
  source.leftovers = ReadLeftovers(object, name, source.shape);
  const Napi::Value events = object.Get("destroyEvents");
  if (!events.IsUndefined()) source.destroy_events = ReadEvents(events, name + ".destroyEvents");
  return source;
}

std::vector<LeftoverSpec> ReadLeftovers(const Napi::Object& options, const std::string& name,
                                        const MessageShape& shape) {
  const Napi::Value leftovers = options.Get("leftovers");
  if (leftovers.IsUndefined()) return {};
  return ReadEach(leftovers, name + ".leftovers",
                  [&](const Napi::Value& leftover, const std::string& leftover_name) {
                    return ReadLeftover(leftover, leftover_name, shape);
                  });
}

FilterSpec ReadFilters(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = RequireObject(value, name);
  FilterSpec filters;
  filters.query_methods =
      ReadEach(object.Get("queryMethods"), name + ".queryMethods", ReadQueryMethod);
  filters.tally = MessageFilter(ReadFilter(object.Get("tally"), name + ".tally"));
  filters.events = ReadFilter(object.Get("events"), name + ".events");
  return filters;
}

DumpSpec ReadDumpRequest(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = RequireObject(value, name);
  DumpSpec spec;
  spec.protocol = ReadProtocol(object, name);
  spec.query_methods =
      ReadEach(object.Get("queryMethods"), name + ".queryMethods", ReadQueryMethod);
  RequireSome(value.Env(), spec.query_methods, name + ".queryMethods");
  spec.data_types = ReadEach(object.Get("dataTypes"), name + ".dataTypes", ReadMessageType);
  const Napi::Value empty_errno = object.Get("emptyErrno");
  if (!empty_errno.IsUndefined()) {
    spec.empty_errno =
        static_cast<int>(RequireInteger(empty_errno, name + ".emptyErrno", 1, kMaxInt32));
  }
  spec.place = ReadNamespace(object, name);
  return spec;
}

MessageShape ReadMessageShape(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = RequireObject(value, name);
  const std::string mask_name = name + ".mask";
  const Napi::Object mask = RequireObject(object.Get("mask"), mask_name);
  MessageShape shape;
  shape.key_offset = ReadOffset(object.Get("keyOffset"), name + ".keyOffset");
  shape.attributes_offset = ReadOffset(object.Get("attributesOffset"), name + ".attributesOffset");
  shape.header = ReadRanges(mask.Get("header"), mask_name + ".header");
  shape.attributes = ReadAttributeRules(mask, mask_name);
  if (shape.attributes_offset % 4 != 0) {
    ThrowArgument(value.Env(), name + ".attributesOffset", "a multiple of 4");
  }
  if (shape.key_offset + sizeof(std::uint64_t) > shape.attributes_offset) {
    ThrowArgument(value.Env(), name + ".keyOffset", "at least 8 less than attributesOffset");
  }
  for (const ByteRange& range : shape.header) {
    if (range.end > shape.attributes_offset) {
      ThrowArgument(value.Env(), mask_name + ".header", "ranges that end by attributesOffset");
    }
  }
  return shape;
}

}  // namespace netlink
