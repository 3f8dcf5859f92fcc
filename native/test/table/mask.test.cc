#include "../../src/table/mask.h"

#include <random>

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

Buffer Message(const Buffer& attributes, std::uint8_t state = 1) {
  return Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
             KeyedPayload(7, attributes, state));
}

bool Differ(const Buffer& a, const Buffer& b, std::vector<AttributeRule> rules = {}) {
  Comparer comparer(KeyedShape(std::move(rules)));
  const bool differs = comparer.Differs(a, b);
  CHECK_EQ(comparer.Differs(b, a), differs);
  return differs;
}

TEST("compares only the header bytes of the mask") {
  CHECK(!Differ(Message({}), Message({})));
  CHECK(Differ(Message({}, 1), Message({}, 2)));
  Buffer other = Message({});
  other[sizeof(MessageHeader) + 9] = 1;
  CHECK(!Differ(Message({}), other));
}

TEST("does not compare nlmsghdr") {
  Buffer other = Message({});
  other[8] = 9;  // nlmsg_seq
  CHECK(!Differ(Message({}), other));
}

TEST("compares attributes without a rule fully") {
  CHECK(Differ(Message(Attr(5, {1})), Message(Attr(5, {2}))));
  CHECK(Differ(Message(Attr(5, {1})), Message(Attr(5, {1, 0}))));
  CHECK(Differ(Message(Attr(5, {1})), Message({})));
  CHECK(!Differ(Message(Attr(5, {1})), Message(Attr(0x8005, {1}))));
}

TEST("compares only the ranges of an attribute with a rule") {
  const std::vector<AttributeRule> rules = {{2, false, {{0, 2}, {4, 6}}}};
  const Buffer base = Message(Attr(2, {1, 2, 3, 4, 5, 6, 7}));
  CHECK(!Differ(base, Message(Attr(2, {1, 2, 9, 9, 5, 6, 9})), rules));
  CHECK(Differ(base, Message(Attr(2, {1, 9, 3, 4, 5, 6, 7})), rules));
  CHECK(Differ(base, Message(Attr(2, {1, 2, 3, 4, 5, 9, 7})), rules));
  CHECK(Differ(base, Message({}), rules));
}

TEST("compares a length only if it changes a range") {
  const std::vector<AttributeRule> rules = {{2, false, {{0, 2}, {4, 6}}}};
  const Buffer base = Message(Attr(2, {1, 2, 3, 4, 5, 6, 7}));
  CHECK(!Differ(base, Message(Attr(2, {1, 2, 3, 4, 5, 6})), rules));
  CHECK(Differ(base, Message(Attr(2, {1, 2, 3, 4, 5})), rules));
  CHECK(Differ(base, Message(Attr(2, {1})), rules));
  CHECK(!Differ(Message(Attr(2, {1, 2})), Message(Attr(2, {1, 2, 3, 4})), rules));
}

TEST("does not compare ignored attributes, present or not") {
  const std::vector<AttributeRule> rules = {{18, true, {}}};
  CHECK(!Differ(Message(Attr(18, {1})), Message(Attr(18, {2})), rules));
  CHECK(!Differ(Message(Attr(18, {1})), Message({}), rules));
  CHECK(!Differ(Message(Join({Attr(18, {1}), Attr(5, {1})})), Message(Attr(5, {1})), rules));
}

TEST("does not compare the order of attributes") {
  const Buffer a = Attr(5, {1});
  const Buffer b = Attr(6, {2});
  CHECK(!Differ(Message(Join({a, b})), Message(Join({b, a}))));
}

TEST("compares the last of two attributes of one type") {
  CHECK(!Differ(Message(Join({Attr(5, {1}), Attr(5, {2})})), Message(Attr(5, {2}))));
  CHECK(!Differ(Message(Join({Attr(5, {1}), Attr(5, {2})})),
                Message(Join({Attr(5, {3}), Attr(5, {2})}))));
  CHECK(Differ(Message(Join({Attr(5, {1}), Attr(5, {2})})), Message(Attr(5, {1}))));
}

TEST("treats up to 3 bytes after the last attribute as padding") {
  const std::vector<AttributeRule> rules = {{18, true, {}}};
  for (const std::size_t padding : {1u, 2u, 3u}) {
    const Buffer rest(padding, 9);
    CHECK(!Differ(Message(Join({Attr(5, {1}), rest})), Message(Attr(5, {1}))));
    CHECK(Differ(Message(Join({Attr(5, {1}), rest})), Message(Attr(5, {2}))));
    // A truncated attribute header is ignored.
    CHECK(!Differ(Message(rest), Message(Attr(18, {1})), rules));
  }
}

TEST("reports a message that does not parse as different from itself") {
  Buffer broken_attribute = Message(Attr(5, {1}));
  broken_attribute[32] = 3;
  CHECK(Differ(broken_attribute, broken_attribute));
  const Buffer broken_behind = Message(Join({Attr(5, {1}), Buffer(4)}));
  CHECK(Differ(broken_behind, broken_behind));
  const Buffer short_message =
      Msg({.length = 0, .type = 1, .flags = 0, .sequence = 0, .port = 0}, Buffer(15));
  CHECK(Differ(short_message, short_message));
  Buffer long_length = Message({});
  long_length[0] = 33;
  CHECK(Differ(long_length, long_length));
  CHECK(Differ({}, {}));
}

TEST("gives consistent results for random attributes") {
  // SameInStep() is only a shortcut: equal bytes must never differ, and neither must reversed
  // attributes.
  std::mt19937 random(2);
  Comparer comparer(KeyedShape({{2, false, {{0, 3}, {5, 9}}}, {18, true, {}}}));
  for (int round = 0; round < 5'000; ++round) {
    std::vector<Buffer> attributes;
    for (std::uint16_t type = 1; type < 20; ++type) {
      if (random() % 2 == 0) attributes.push_back(Attr(type, Buffer(random() % 12, random() % 3)));
    }
    Buffer forward;
    Buffer backward;
    for (const Buffer& attribute : attributes) {
      forward = Join({forward, attribute});
      backward = Join({attribute, backward});
    }
    CHECK(!comparer.Differs(Message(forward), Message(forward)));
    CHECK(!comparer.Differs(Message(forward), Message(backward)));
    CHECK(comparer.Differs(Message(forward), Message(Join({backward, Attr(30, {})}))));
  }
}

}  // namespace
}  // namespace netlink::test
