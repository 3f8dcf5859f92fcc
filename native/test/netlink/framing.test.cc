#include "../../src/netlink/framing.h"

#include <linux/netlink.h>

#include <cstddef>
#include <random>

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

// wire.h repeats definitions of the kernel's header. Compare the two.
static_assert(sizeof(MessageHeader) == sizeof(nlmsghdr));
static_assert(offsetof(MessageHeader, type) == offsetof(nlmsghdr, nlmsg_type));
static_assert(offsetof(MessageHeader, flags) == offsetof(nlmsghdr, nlmsg_flags));
static_assert(offsetof(MessageHeader, sequence) == offsetof(nlmsghdr, nlmsg_seq));
static_assert(offsetof(MessageHeader, port) == offsetof(nlmsghdr, nlmsg_pid));
static_assert(sizeof(AttributeHeader) == sizeof(nlattr));
static_assert(sizeof(NetlinkAddress) == sizeof(sockaddr_nl));
static_assert(offsetof(NetlinkAddress, port) == offsetof(sockaddr_nl, nl_pid));
static_assert(offsetof(NetlinkAddress, groups) == offsetof(sockaddr_nl, nl_groups));
static_assert(kMessageError == NLMSG_ERROR && kMessageDone == NLMSG_DONE);
static_assert(kMessageOverrun == NLMSG_OVERRUN);
static_assert(kFlagRequest == NLM_F_REQUEST && kFlagDump == NLM_F_DUMP);
static_assert(kFlagAck == NLM_F_ACK);
static_assert(kFlagDumpInterrupted == NLM_F_DUMP_INTR);
static_assert(kAttributeTypeMask == static_cast<std::uint16_t>(NLA_TYPE_MASK));
static_assert(AlignFrame(5) == NLMSG_ALIGN(5) && AlignFrame(8) == NLA_ALIGN(8));

TEST("walks padded messages") {
  const Buffer datagram =
      Join({Padded(Msg({.length = 0, .type = 1, .flags = 0, .sequence = 0, .port = 0}, Buffer(5))),
            Msg({.length = 0, .type = 2, .flags = 0, .sequence = 0, .port = 0}, Buffer(3))});
  MessageWalker walker(datagram);
  const auto first = walker.Next();
  CHECK(first && first->header.type == 1);
  CHECK_EQ(first->payload().size(), 5u);
  const auto second = walker.Next();
  CHECK(second && second->header.type == 2);
  CHECK_EQ(second->payload().size(), 3u);
  CHECK(!walker.Next());
  CHECK(walker.rest().empty());
}

TEST("stops at a message length that does not fit") {
  for (const std::uint32_t length : {0u, 15u, 25u, 0xffffffffu}) {
    Buffer datagram(24);
    std::memcpy(datagram.data(), &length, sizeof length);
    MessageWalker walker(datagram);
    CHECK(!walker.Next());
    CHECK_EQ(walker.rest().size(), 24u);
  }
}

TEST("stops at an attribute length that does not fit") {
  for (const std::uint16_t length : {0, 3, 9, 0xffff}) {
    Buffer attributes(8);
    std::memcpy(attributes.data(), &length, sizeof length);
    AttributeWalker walker(attributes);
    CHECK(!walker.Next());
    CHECK(!walker.done());
  }
}

TEST("masks the flags of an attribute number") {
  const Buffer attributes = Attr(0x8014, Text("x"));
  const auto attribute = AttributeWalker(attributes).Next();
  CHECK(attribute.has_value());
  CHECK_EQ(attribute->type, 0x14);
}

TEST("never walks outside random bytes") {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    // A heap allocation of exactly this size, so that a sanitizer detects every read outside.
    Buffer bytes(random() % 64);
    for (auto& byte : bytes) byte = random() % 4 == 0 ? random() : random() % 24;
    MessageWalker messages(bytes);
    std::size_t walked = 0;
    while (const auto message = messages.Next()) walked += message->bytes.size();
    AttributeWalker attributes(bytes);
    while (const auto attribute = attributes.Next()) walked += attribute->payload.size();
    CHECK(walked <= 2 * bytes.size());
  }
}

}  // namespace
}  // namespace netlink::test
