#include "../../src/table/layouts.h"

#include <random>
#include <set>

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

Buffer Message(const Buffer& attributes, std::uint8_t state = 1) {
  return Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0},
             KeyedPayload(7, attributes, state));
}

/** Returns a shape with ranges for one attribute, and with an ignored one. */
MessageShape Shape() { return KeyedShape({{2, false, {{0, 3}, {5, 9}}}, {18, true, {}}}); }

TEST("layouts: messages of one layout have one number") {
  Layouts layouts(Shape());
  const LayoutId id = layouts.Of(Message(Attr(5, {1})));
  CHECK(id != kNoLayout);
  CHECK_EQ(layouts.Of(Message(Attr(5, {2}), 3)), id);
  CHECK(layouts.Of(Message(Attr(6, {1}))) != id);
  CHECK(layouts.Of(Message(Attr(5, {1, 2}))) != id);
  CHECK(layouts.Of(Message({})) != id);
  CHECK(layouts.Of(Message(Join({Attr(5, {1}), Buffer(3)}))) != id);
}

TEST("layouts: a message that does not parse has no layout, and equals no message") {
  Layouts layouts(Shape());
  Buffer broken = Message(Attr(5, {1}));
  broken[32] = 3;
  CHECK_EQ(layouts.Of(broken), kNoLayout);
  CHECK(!layouts.Same(kNoLayout, broken, broken));
  Buffer longer = Message({});
  longer[0] += 4;
  CHECK_EQ(layouts.Of(longer), kNoLayout);
  CHECK(!layouts.Same(layouts.Of(Message({})), Message({}), longer));
  CHECK_EQ(layouts.Of(Buffer(31)), kNoLayout);
  CHECK_EQ(layouts.Of({}), kNoLayout);
  const Buffer huge = Message(Attr(5, Buffer(5000)));
  CHECK_EQ(layouts.Of(huge), kNoLayout);
}

TEST("layouts: their number is limited") {
  Layouts layouts(Shape());
  std::set<LayoutId> ids;
  for (std::uint16_t type = 20; type < 5000; ++type)
    ids.insert(layouts.Of(Message(Attr(type, {}))));
  CHECK(ids.contains(kNoLayout));
  CHECK(ids.size() > 1000 && ids.size() < 1100);
  // Known layouts are kept.
  const Buffer known = Message(Attr(20, {}));
  CHECK(layouts.Same(layouts.Of(known), known, known));
}

Buffer SomeAttributes(std::mt19937& random) {
  Buffer attributes;
  for (const std::uint16_t type : {2, 5, 18, 5, 7}) {
    if (random() % 4 == 0) continue;
    attributes = Join({attributes, Attr(type, Buffer(8 + random() % 4, random() % 2))});
  }
  return attributes;
}

TEST("layouts: same messages never differ, and equal bytes are the same") {
  std::mt19937 random(7);
  Layouts layouts(Shape());
  Comparer comparer(Shape());
  int same = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Buffer a = Message(SomeAttributes(random), 1);
    Buffer b = Message(SomeAttributes(random), 1);
    if (random() % 2 == 0) b = a;
    // Change any byte, often one that is not compared.
    if (random() % 2 == 0) b[sizeof(MessageHeader) + random() % (b.size() - 16)] ^= 1;
    if (layouts.Same(layouts.Of(a), a, b)) {
      ++same;
      CHECK(!comparer.Differs(a, b));
    } else {
      // There are more layouts than the limit.
      CHECK(a != b || layouts.Of(a) == kNoLayout);
    }
  }
  CHECK(same > 1000);
}

}  // namespace
}  // namespace netlink::test
