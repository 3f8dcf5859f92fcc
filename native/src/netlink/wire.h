#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "../util/bytes.h"

namespace netlink {

/*
 * The netlink frame, include/uapi/linux/netlink.h. Defined here because musl has no copy of that
 * header, and a compiler package alone does not include the kernel's. A test compares the two where
 * the header exists.
 */

/** struct nlmsghdr, 16 bytes. */
struct MessageHeader {
  std::uint32_t length;
  std::uint16_t type;
  std::uint16_t flags;
  std::uint32_t sequence;
  std::uint32_t port;
};
static_assert(sizeof(MessageHeader) == 16);

/** struct nlattr, 4 bytes. */
struct AttributeHeader {
  std::uint16_t length;
  std::uint16_t type;
};
static_assert(sizeof(AttributeHeader) == 4);

/** struct sockaddr_nl, 12 bytes. */
struct NetlinkAddress {
  sa_family_t family;
  std::uint16_t pad;
  std::uint32_t port;
  std::uint32_t groups;
};
static_assert(sizeof(NetlinkAddress) == 12);

inline constexpr std::uint16_t kMessageError = 2;    // NLMSG_ERROR
inline constexpr std::uint16_t kMessageDone = 3;     // NLMSG_DONE
inline constexpr std::uint16_t kMessageOverrun = 4;  // NLMSG_OVERRUN

inline constexpr std::uint16_t kFlagRequest = 0x01;          // NLM_F_REQUEST
inline constexpr std::uint16_t kFlagAck = 0x04;              // NLM_F_ACK
inline constexpr std::uint16_t kFlagDumpInterrupted = 0x10;  // NLM_F_DUMP_INTR
inline constexpr std::uint16_t kFlagDump = 0x300;            // NLM_F_DUMP

inline constexpr std::uint16_t kAttributeTypeMask = 0x3fff;  // NLA_TYPE_MASK

/** Rounds a length up to 4, like NLMSG_ALIGN and NLA_ALIGN. */
inline constexpr std::size_t AlignFrame(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

}  // namespace netlink
