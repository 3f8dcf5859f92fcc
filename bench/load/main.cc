/*
 * Generates load between two network namespaces, with exact counts. Prints totals on stdout as
 * JSON, and writes the counts of each connection to the file of `--out`.
 *
 *   load churn-server --address=A --port=P [--ports=N] [--reply=1]
 *   load churn --to=A --port=P [--ports=N] [--from=A,B] --count=N [--rate=N] [--window=N]
 *              [--out=FILE]
 *   load hold-server --address=A --port=P [--ports=N] [--out=FILE]
 *   load hold --to=A --port=P [--ports=N] [--from=A,B] --count=N --seconds=S [--out=FILE]
 *   load http-server --address=A --port=P [--body-bytes=1024] [--at-once=1] [--work-us=0]
 *             [--out=FILE]
 *   load http --to=A --port=P [--connections=1] [--depth=1] [--count=N] [--seconds=S] [--rate=N]
 *             [--hold=1] [--body-bytes=1024] [--out=FILE]
 *
 * Servers run until SIGTERM. Both ends of churn need the same --seed, --min-bytes and --max-bytes.
 * Each end of hold has --seed, --every-ms, --active, --max-bytes and --in-turn for its own sending.
 * http keeps up to --depth requests waiting on each of its connections, --rate of them a second or
 * as many as it can, and with --hold its connections until SIGTERM. The server sends up to
 * --at-once answers by one call, and is busy --work-us for each. With --out, a line for each: the
 * client's port, the number of the exchange in the connection, and nanoseconds since 1970 of the
 * answer's arrival; of the server, those of the request's receipt by the kernel (SO_TIMESTAMPNS),
 * of the server's last read of it, and before its first write of the answer.
 */

#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "churn.h"
#include "hold.h"
#include "http.h"
#include "sockets.h"

int main(int argc, char** argv) {
  static const std::map<std::string, std::function<int(load::Options)>> modes = {
      {"churn", load::RunChurn}, {"churn-server", load::RunChurnServer},
      {"hold", load::RunHold},   {"hold-server", load::RunHoldServer},
      {"http", load::RunHttp},   {"http-server", load::RunHttpServer},
  };
  try {
    const auto mode = modes.find(argc > 1 ? argv[1] : "");
    if (mode == modes.end()) {
      throw load::UsageError(
          "the first argument is churn, hold or http, or one of these with -server");
    }
    load::WatchSignals();
    load::AllowManyFiles();
    return mode->second(load::Options(argc - 2, argv + 2));
  } catch (const load::UsageError& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 2;
  }
}
