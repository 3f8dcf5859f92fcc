#include "report.h"

#include <cinttypes>
#include <cstdio>
#include <memory>

namespace load {

void WriteCounts(const std::string& path, const std::vector<Count>& counts) {
  if (path.empty()) return;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "we"), std::fclose);
  Check(file ? 0 : -1, path.c_str());
  for (const auto& [local, remote, sent, received] : counts) {
    std::fprintf(file.get(),
                 "{\"src\":\"%s\",\"sport\":%u,\"dst\":\"%s\",\"dport\":%u,"
                 "\"sent\":%" PRIu64 ",\"received\":%" PRIu64 "}\n",
                 local.Address().c_str(), local.Port(), remote.Address().c_str(), remote.Port(),
                 sent, received);
  }
  Check(std::fflush(file.get()), path.c_str());
}

Count Sum(const std::vector<Count>& counts) {
  Count sum;
  for (const Count& count : counts) {
    sum.sent += count.sent;
    sum.received += count.received;
  }
  return sum;
}

void SayReady() { std::fprintf(stderr, "ready\n"); }

std::uint64_t Scramble(std::uint64_t seed, std::uint64_t number) {
  // splitmix64, https://prng.di.unimi.it/splitmix64.c
  std::uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace load
