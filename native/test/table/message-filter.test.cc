#include "../../src/table/message-filter.h"

#include "../check.h"
#include "../messages.h"

namespace netlink::test {
namespace {

constexpr std::uint32_t kKeep = 0xffffffff;

/** Accepts messages whose big-endian half word at 4 is from 80 to 90, and whose byte at 0 is not 7.
 */
MessageFilter PortFilter() {
  return MessageFilter({{0x28, 0, 0, 4},      // LD_H_ABS 4
                        {0x02, 0, 0, 3},      // ST M[3]
                        {0x35, 0, 5, 80},     // JGE 80, else to the rejection
                        {0x25, 4, 0, 90},     // JGT 90: to the rejection
                        {0x30, 0, 0, 0},      // LD_B_ABS 0
                        {0x15, 2, 0, 7},      // JEQ 7: to the rejection
                        {0x05, 0, 0, 0},      // JA +0
                        {0x06, 0, 0, kKeep},  // RET
                        {0x06, 0, 0, 0}});
}

Buffer WithPort(std::uint16_t port, std::uint8_t first = 1) {
  Buffer bytes(8);
  bytes[0] = first;
  bytes[4] = static_cast<std::uint8_t>(port >> 8);
  bytes[5] = static_cast<std::uint8_t>(port);
  return bytes;
}

TEST("a filter without instructions accepts every message") {
  CHECK(MessageFilter().Accepts(Buffer(1)));
}

TEST("a filter decides by loads, comparisons and jumps") {
  const MessageFilter filter = PortFilter();
  CHECK(!filter.Accepts(WithPort(79)));
  CHECK(filter.Accepts(WithPort(80)));
  CHECK(filter.Accepts(WithPort(90)));
  CHECK(!filter.Accepts(WithPort(91)));
  CHECK(!filter.Accepts(WithPort(0x5000)));
  CHECK(!filter.Accepts(WithPort(85, 7)));
}

TEST("a filter rejects a message that a load is outside of") {
  CHECK(!PortFilter().Accepts(Buffer(5)));
  CHECK(!MessageFilter({{0x20, 0, 0, 0xfffffffe}, {0x06, 0, 0, kKeep}}).Accepts(Buffer(64)));
}

TEST("a filter has memory, constants and AND") {
  const MessageFilter filter({{0x00, 0, 0, 0xff},  // A = 0xff
                              {0x02, 0, 0, 15},    // M[15] = A
                              {0x20, 0, 0, 0},     // A = word at 0
                              {0x60, 0, 0, 15},    // A = M[15]
                              {0x54, 0, 0, 0x0f},  // A &= 0x0f
                              {0x15, 0, 1, 0x0f},  // JEQ 0x0f
                              {0x06, 0, 0, kKeep},
                              {0x06, 0, 0, 0}});
  CHECK(filter.Accepts(Buffer(4)));
}

TEST("a filter rejects at an instruction that it does not know, and at its end") {
  CHECK(!MessageFilter({{0x07, 0, 0, 0}, {0x06, 0, 0, kKeep}}).Accepts(Buffer(4)));
  CHECK(!MessageFilter({{0x05, 0, 0, 0xffffffff}}).Accepts(Buffer(4)));
  CHECK(!MessageFilter({{0x00, 0, 0, 1}}).Accepts(Buffer(4)));
}

}  // namespace
}  // namespace netlink::test
