/*
 * Generates load between two network namespaces, with exact counts. Prints totals on stdout as
 * JSON, and writes the counts of each connection to the file of `--out`.
 *
 *   load churn-server --address=A --port=P [--ports=N] [--reply=1]
 *   load churn --to=A --port=P [--ports=N] [--from=A,B] --count=N [--rate=N] [--window=N]
 *              [--out=FILE]
 *   load hold-server --address=A --port=P [--ports=N] [--out=FILE]
 *   load hold --to=A --port=P [--ports=N] [--from=A,B] --count=N --seconds=S [--out=FILE]
 *
 * Servers run until SIGTERM. Both ends of churn need the same --seed, --min-bytes and --max-bytes.
 * Each end of hold has --seed, --every-ms, --active, --max-bytes and --in-turn for its own sending.
 */

#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "churn.h"
#include "hold.h"
#include "sockets.h"

int main(int argc, char** argv) {
  static const std::map<std::string, std::function<int(load::Options)>> modes = {
      {"churn", load::RunChurn},
      {"churn-server", load::RunChurnServer},
      {"hold", load::RunHold},
      {"hold-server", load::RunHoldServer},
  };
  try {
    const auto mode = modes.find(argc > 1 ? argv[1] : "");
    if (mode == modes.end()) {
      throw load::UsageError("the first argument is churn, churn-server, hold or hold-server");
    }
    load::WatchSignals();
    load::AllowManyFiles();
    return mode->second(load::Options(argc - 2, argv + 2));
  } catch (const load::UsageError& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 2;
  }
}
