#pragma once

#include <cstdint>
#include <vector>

#include "../src/mask.h"
#include "../src/wire.h"

/* What the fuzzer's bytes mean. */

namespace netlink::fuzz {

using Buffer = std::vector<std::uint8_t>;

/** What comes in answer to one dump: datagrams, each in memory of its own, so that the sanitizer
 * sees a step outside. */
using Answer = std::vector<Buffer>;

/** The messages' shape, and one answer after the other. */
struct Input {
  MessageShape shape;
  std::vector<Answer> answers;
};

/**
 * The first byte chooses the shape. Then come datagrams, each behind two bytes: its length in 15
 * bits, and one bit for "begins the next answer". The last one may be cut.
 */
Input ReadInput(Bytes bytes);

/** Makes the messages of port 0 answers to a request: fuzzing cannot guess its number. */
void Address(Answer& answer, std::uint32_t sequence, std::uint32_t port);

}  // namespace netlink::fuzz
