#pragma once

#include <cstdint>
#include <vector>

#include "../src/netlink/wire.h"
#include "../src/table/mask.h"

/* Format of the fuzzer's input. */

namespace netlink::fuzz {

using Buffer = std::vector<std::uint8_t>;

/** Answer to one dump: datagrams, each in a separate allocation, so that the sanitizer detects
 * reads outside it. */
using Answer = std::vector<Buffer>;

/** Shape of the messages, and a list of answers. */
struct Input {
  MessageShape shape;
  std::vector<Answer> answers;
};

/**
 * Reads an input. The first byte selects the shape. Then follow datagrams, each after two bytes:
 * its length in 15 bits, and one bit for "begins the next answer". The last one may be truncated.
 */
Input ReadInput(Bytes bytes);

/** Turns messages with port 0 into answers to a request, because the fuzzer cannot guess its
 * sequence number. */
void Address(Answer& answer, std::uint32_t sequence, std::uint32_t port);

}  // namespace netlink::fuzz
