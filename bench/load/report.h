#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockets.h"

namespace load {

/** What one end counted of one connection: bytes that the kernel took from it, and gave to it. */
struct Count {
  Endpoint local;
  Endpoint remote;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

/** Writes one line of JSON for each: src, sport, dst, dport, sent, received. No path, no file. */
void WriteCounts(const std::string& path, const std::vector<Count>& counts);

/** The sums of both counters. */
Count Sum(const std::vector<Count>& counts);

/** Tells whoever waits for it on stderr that everything stands. */
void SayReady();

/** A number that looks random: the same for the same seed and number, on both ends. */
std::uint64_t Scramble(std::uint64_t seed, std::uint64_t number);

}  // namespace load
