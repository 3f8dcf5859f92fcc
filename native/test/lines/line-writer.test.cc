#include "../../src/lines/line-writer.h"

#include <random>
#include <string>
#include <string_view>

#include "../check.h"

namespace netlink::test {
namespace {

Bytes BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

FixedText Text(std::string_view text) { return FixedText(BytesOf(text)); }

LineStep Step(LineValue value, std::uint32_t first, std::string_view text,
              std::uint32_t second = 0) {
  return {.value = value, .first = first, .second = second, .text = Text(text)};
}

/** Layout of messages of 24 bytes that begin with the word 7. */
LineLayout Layout() {
  LineLayout layout;
  layout.length = 24;
  layout.frame = {{.at = 0, .mask = 0xffff'ffff, .value = 7}};
  layout.steps = {Step(LineValue::kGiven, 0, ""),    Step(LineValue::kUint16, 4, "port "),
                  Step(LineValue::kKnown, 0, ", "),  Step(LineValue::kMembers4, 8, "", 12),
                  Step(LineValue::kUint64, 16, " "), Step(LineValue::kNone, 0, "\n")};
  layout.keys = {{{.at = 6, .length = 2}}};
  layout.members = {Text(" none"), Text(" first"), Text(" second"), Text(" both")};
  layout.id_at = 8;
  layout.hashed = {{.at = 12, .length = 4}};
  return layout;
}

std::vector<std::uint8_t> Message(std::uint8_t port, std::uint8_t key, std::uint8_t last = 9) {
  return {7, 0, 0, 0, 0, port, 0, key, 10, 0, 0, 1, 127, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, last};
}

struct Written {
  LineWriter::Result result;
  std::string text;
};

Written Write(LineWriter& writer, const std::vector<std::vector<std::uint8_t>>& messages,
              std::size_t room = 4096) {
  std::vector<std::uint8_t> data;
  std::vector<std::uint32_t> spans;
  for (const auto& message : messages) {
    spans.push_back(static_cast<std::uint32_t>(data.size()));
    spans.push_back(static_cast<std::uint32_t>(message.size()));
    data.insert(data.end(), message.begin(), message.end());
  }
  std::vector<std::uint8_t> out(room);
  std::vector<double> fingerprints(messages.size());
  const auto result = writer.Write(data, spans, out, 0, fingerprints);
  return {result, std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(result.end))};
}

TEST("lines: are written up to a message that lacks a layout or a text") {
  LineWriter writer;
  CHECK_EQ(Write(writer, {Message(1, 2)}).result.messages, 0U);
  CHECK(!writer.Teach(Message(1, 2), {BytesOf("two")}));
  writer.Learn(Layout());
  CHECK_EQ(Write(writer, {Message(1, 2)}).result.messages, 0U);
  CHECK(!writer.Teach(Message(1, 2), {}));
  CHECK(writer.Teach(Message(1, 2), {BytesOf("two")}));
  writer.Give({Text("> "), Text("")});
  AddressSet members;
  members.Add(AddressSet::MappedOf(Message(0, 0).data() + 12), 104);
  writer.SetMembers(std::move(members));
  const Written written = Write(writer, {Message(80, 2), Message(81, 2, 10), Message(1, 3)});
  CHECK_EQ(written.result.messages, 2U);
  CHECK(!written.result.full);
  CHECK_EQ(written.text, "> port 80, two second 9\n> port 81, two second 10\n");
}

TEST("lines: an integer that JavaScript cannot hold is left to it") {
  LineWriter writer;
  writer.Learn(Layout());
  CHECK(writer.Teach(Message(1, 2), {BytesOf("two")}));
  auto large = Message(1, 2);
  large[17] = 0x20;
  CHECK_EQ(Write(writer, {large}).result.messages, 0U);
  large[17] = 0x1f;
  CHECK_EQ(Write(writer, {large}).result.messages, 1U);
}

TEST("lines: no byte is written behind the room") {
  LineWriter writer;
  writer.Learn(Layout());
  CHECK(writer.Teach(Message(1, 2), {BytesOf(std::string(500, 'x'))}));
  for (std::size_t room = 0; room < 2000; ++room) {
    const Written written = Write(writer, {Message(1, 2), Message(2, 2)}, room);
    CHECK(written.result.end <= room);
    CHECK_EQ(written.result.full, written.result.messages < 2);
  }
}

TEST("lines: a layout must lie within its messages") {
  CHECK(!FaultOf(Layout()));
  const auto fault = [](auto change) {
    LineLayout layout = Layout();
    change(layout);
    return FaultOf(layout).value_or("none");
  };
  CHECK_EQ(fault([](LineLayout& l) { l.length = 1 << 20; }), "length");
  CHECK_EQ(fault([](LineLayout& l) { l.frame[0].at = 21; }), "frame");
  CHECK_EQ(fault([](LineLayout& l) { l.frame[0].at = 0xffff'ffff; }), "frame");
  CHECK_EQ(fault([](LineLayout& l) { l.steps[0].first = 2; }), "steps");
  CHECK_EQ(fault([](LineLayout& l) { l.steps[1].first = 23; }), "steps");
  CHECK_EQ(fault([](LineLayout& l) { l.steps[2].first = 1; }), "steps");
  CHECK_EQ(fault([](LineLayout& l) { l.steps[3].second = 21; }), "steps");
  CHECK_EQ(fault([](LineLayout& l) { l.steps.resize(129); }), "steps");
  CHECK_EQ(fault([](LineLayout& l) { l.keys[0][0].length = 19; }), "keys");
  CHECK_EQ(fault([](LineLayout& l) { l.keys[0].resize(3, {0, 16}); }), "keys");
  CHECK_EQ(fault([](LineLayout& l) { l.id_at = 21; }), "idAt");
  CHECK_EQ(fault([](LineLayout& l) { l.hashed[0] = {20, 5}; }), "hashed");
}

TEST("lines: messages of any bytes and spans are safe") {
  LineWriter writer;
  std::mt19937 random(1);
  std::vector<std::uint8_t> out(2048);
  for (int round = 0; round < 20'000; ++round) {
    if (round % 10 == 0) writer.Learn(Layout());
    auto data = Message(1, static_cast<std::uint8_t>(random() % 4));
    data[random() % data.size()] = static_cast<std::uint8_t>(random());
    data.resize(random() % 32);
    if (writer.Teach(data, {BytesOf("text")})) CHECK_EQ(data.size(), 24U);
    const std::vector<std::uint32_t> spans{static_cast<std::uint32_t>(random() % 16),
                                           static_cast<std::uint32_t>(random() % 48), 0,
                                           static_cast<std::uint32_t>(data.size())};
    std::vector<double> fingerprints(2);
    const auto result = writer.Write(data, spans, out, random() % out.size(), fingerprints);
    CHECK(result.messages <= 2);
    CHECK(result.end <= out.size());
  }
}

TEST("lines: a prefix of addresses has those with its bits") {
  AddressSet set;
  const AddressSet::Address address{0x20, 0x01, 0x0d, 0xb8, 0x80};
  CHECK(!set.Has(address));
  set.Add(address, 33);
  AddressSet::Address other = address;
  other[4] = 0xff;
  CHECK(set.Has(other));
  other[4] = 0x7f;
  CHECK(!set.Has(other));
  set.Add(other, 128);
  set.Add(other, 128);
  CHECK(set.Has(other));
}

}  // namespace
}  // namespace netlink::test
