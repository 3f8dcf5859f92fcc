#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockets.h"

namespace load {

/** One end's counts of a connection: bytes passed to the kernel, and received from it. */
struct Count {
  Endpoint local;
  Endpoint remote;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

/** Writes a line of JSON per connection: src, sport, dst, dport, sent, received. An empty path: no
 * file. */
void WriteCounts(const std::string& path, const std::vector<Count>& counts);

/** Returns the sums of both counters. */
Count Sum(const std::vector<Count>& counts);

/** Prints `ready` on stderr, for the caller of the program. */
void SayReady();

/** Returns a pseudorandom number, which depends only on the seed and the number. */
std::uint64_t Scramble(std::uint64_t seed, std::uint64_t number);

}  // namespace load
