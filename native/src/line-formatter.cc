#include "line-formatter.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "netlink-args.h"
#include "util/args.h"

namespace netlink {
namespace {

constexpr std::int64_t kMaxOffset = 0xffff'ffff;
constexpr std::size_t kMemberBytes = 17;
constexpr unsigned kMaxPrefixBits = 128;

Bytes BytesOf(const Napi::Uint8Array& array) { return {array.Data(), array.ByteLength()}; }

FixedText ReadText(const Napi::Value& value, const std::string& name) {
  const Napi::Uint8Array text = RequireBytes(value, name);
  if (text.ByteLength() > kMaxTextBytes) {
    ThrowArgument(value.Env(), name, "at most " + std::to_string(kMaxTextBytes) + " bytes long");
  }
  return FixedText(BytesOf(text));
}

/** Reads groups of `size` numbers. */
template <typename Read>
auto ReadGroups(const Napi::Value& value, const std::string& name, std::size_t size, Read read) {
  const std::vector<std::uint32_t> numbers = RequireUint32s(value, name);
  if (numbers.size() % size != 0) {
    ThrowArgument(value.Env(), name, "a multiple of " + std::to_string(size) + " numbers");
  }
  std::vector<decltype(read(numbers.data()))> groups;
  for (std::size_t at = 0; at < numbers.size(); at += size) {
    groups.push_back(read(numbers.data() + at));
  }
  return groups;
}

std::vector<MessageRange> ReadRanges(const Napi::Value& value, const std::string& name) {
  return ReadGroups(value, name, 2, [](const std::uint32_t* range) {
    return MessageRange{.at = range[0], .length = range[1]};
  });
}

std::vector<LineStep> ReadSteps(const Napi::Object& object) {
  const Napi::Value value = object.Get("steps");
  auto steps = ReadGroups(value, "layout.steps", 3, [&](const std::uint32_t* step) {
    if (step[0] > kLastLineValue) ThrowArgument(value.Env(), "layout.steps", "known steps");
    return LineStep{.value = static_cast<LineValue>(step[0]),
                    .first = step[1],
                    .second = step[2],
                    .text = FixedText()};
  });
  auto texts = ReadEach(object.Get("texts"), "layout.texts", ReadText);
  if (texts.size() != steps.size()) {
    ThrowArgument(value.Env(), "layout.texts", "a text for each step");
  }
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i].text = std::move(texts[i]);
  return steps;
}

LineLayout ReadLayout(const Napi::Value& value) {
  const Napi::Object object = RequireObject(value, "layout");
  LineLayout layout;
  layout.length = static_cast<std::uint32_t>(
      RequireInteger(object.Get("length"), "layout.length", 1, kMaxLineMessage));
  layout.frame = ReadGroups(object.Get("frame"), "layout.frame", 3, [](const std::uint32_t* word) {
    return FrameWord{.at = word[0], .mask = word[1], .value = word[2]};
  });
  layout.steps = ReadSteps(object);
  layout.keys = ReadEach(object.Get("keys"), "layout.keys", ReadRanges);
  auto members = ReadEach(object.Get("members"), "layout.members", ReadText);
  if (members.size() != layout.members.size()) {
    ThrowArgument(value.Env(), "layout.members", "four texts");
  }
  std::move(members.begin(), members.end(), layout.members.begin());
  layout.id_at = static_cast<std::uint32_t>(
      RequireInteger(object.Get("idAt"), "layout.idAt", 0, kMaxLineMessage));
  layout.hashed = ReadRanges(object.Get("hashed"), "layout.hashed");
  if (const auto fault = FaultOf(layout)) {
    ThrowArgument(value.Env(), "layout." + *fault, "within the message and its limits");
  }
  return layout;
}

/** The memory of a typed array, without a copy. */
template <typename View, typename T>
std::span<T> SpanOf(const Napi::Value& value, napi_typedarray_type type, const std::string& name,
                    const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    ThrowArgument(value.Env(), name, what);
  }
  View view = value.As<View>();
  return {view.Data(), view.ElementLength()};
}

}  // namespace

Napi::Function LineFormatter::Define(Napi::Env env) {
  return DefineClass(
      env, "LineFormatter",
      {InstanceMethod("learn", &LineFormatter::Learn),
       InstanceMethod("teach", &LineFormatter::Teach), InstanceMethod("give", &LineFormatter::Give),
       InstanceMethod("setMembers", &LineFormatter::SetMembers),
       InstanceMethod("write", &LineFormatter::Write)});
}

LineFormatter::LineFormatter(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<LineFormatter>(info) {}

void LineFormatter::Learn(const Napi::CallbackInfo& info) { writer_.Learn(ReadLayout(info[0])); }

Napi::Value LineFormatter::Teach(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array message = RequireBytes(info[0], "message");
  std::vector<Bytes> texts;
  for (const Napi::Uint8Array& text : ReadEach(info[1], "texts", RequireBytes)) {
    if (text.ByteLength() > kMaxTextBytes) return Napi::Boolean::New(info.Env(), false);
    texts.push_back(BytesOf(text));
  }
  return Napi::Boolean::New(info.Env(), writer_.Teach(BytesOf(message), texts));
}

void LineFormatter::Give(const Napi::CallbackInfo& info) {
  auto texts = ReadEach(info[0], "texts", ReadText);
  std::array<FixedText, kGivenTexts> given;
  if (texts.size() != given.size()) ThrowArgument(info.Env(), "texts", "two texts");
  std::move(texts.begin(), texts.end(), given.begin());
  writer_.Give(std::move(given));
}

void LineFormatter::SetMembers(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array packed = RequireBytes(info[0], "members");
  if (packed.ByteLength() % kMemberBytes != 0) {
    ThrowArgument(info.Env(), "members", "addresses of 16 bytes, each with its prefix length");
  }
  AddressSet members;
  for (std::size_t at = 0; at < packed.ByteLength(); at += kMemberBytes) {
    AddressSet::Address address;
    std::memcpy(address.data(), packed.Data() + at, address.size());
    const unsigned bits = packed[at + address.size()];
    if (bits > kMaxPrefixBits) ThrowArgument(info.Env(), "members", "prefixes of at most 128 bits");
    members.Add(address, bits);
  }
  writer_.SetMembers(std::move(members));
}

Napi::Value LineFormatter::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Bytes data = BytesOf(RequireBytes(info[0], "data"));
  const auto spans = SpanOf<Napi::Uint32Array, std::uint32_t>(info[1], napi_uint32_array,
                                                              "messages", "a Uint32Array");
  const auto from = static_cast<std::size_t>(RequireInteger(info[2], "from", 0, kMaxOffset));
  Napi::Uint8Array out = RequireBytes(info[3], "out");
  const auto state = SpanOf<Napi::Uint32Array, std::uint32_t>(info[4], napi_uint32_array, "state",
                                                              "a Uint32Array");
  const auto fingerprints = SpanOf<Napi::Float64Array, double>(info[5], napi_float64_array,
                                                               "fingerprints", "a Float64Array");
  if (from > spans.size() / 2) ThrowArgument(env, "from", "the number of a message");
  if (state.size() < 2 || state[0] > out.ByteLength()) {
    ThrowArgument(env, "state", "the end of the lines in out, and a place for the reason");
  }
  const auto result = writer_.Write(data, spans.subspan(2 * from), {out.Data(), out.ByteLength()},
                                    state[0], fingerprints);
  state[0] = static_cast<std::uint32_t>(result.end);
  state[1] = result.full ? 1 : 0;
  return Napi::Number::New(env, static_cast<double>(result.messages));
}

}  // namespace netlink
