/*
 * Reference programs for the benchmark. Print figures on stdout at SIGTERM:
 *
 *   floor dump --protocol=N --requests=HEX[,HEX] [--every-ms=N]
 *   floor repeat --command='PROGRAM ARGUMENTS' [--every-ms=N]
 *   floor events --protocol=N --groups=N[,N] [--buffer=BYTES] [--gather-ms=N]
 *
 * `dump` sends netlink dump requests on a beat and discards the answers: the lower bound for every
 * program that asks the kernel. `repeat` runs a program on the same beat. `events`
 * receives multicast messages and discards them.
 */

#include <cstdio>
#include <cstring>

#include "dump.h"
#include "events.h"
#include "repeat.h"

int main(int argc, char** argv) {
  try {
    const char* mode = argc > 1 ? argv[1] : "";
    if (std::strcmp(mode, "dump") == 0) return bench::RunDump(load::Options(argc - 2, argv + 2));
    if (std::strcmp(mode, "repeat") == 0) {
      return bench::RunRepeat(load::Options(argc - 2, argv + 2));
    }
    if (std::strcmp(mode, "events") == 0)
      return bench::RunEvents(load::Options(argc - 2, argv + 2));
    throw load::UsageError("the first argument is dump, repeat or events");
  } catch (const load::UsageError& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 2;
  }
}
