#include "beats.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <numeric>

#include "../../native/src/poll/beat.h"
#include "../../native/src/util/clock.h"

namespace bench {
namespace {

using netlink::kNsPerSecond;
using netlink::MonotonicNs;

volatile sig_atomic_t stopped = 0;
volatile sig_atomic_t begun_anew = 0;

void WatchSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  action.sa_handler = [](int) { begun_anew = 1; };
  ::sigaction(SIGUSR1, &action, nullptr);
}

void SleepUntil(std::int64_t deadline) {
  const timespec time{.tv_sec = static_cast<time_t>(deadline / kNsPerSecond),
                      .tv_nsec = static_cast<long>(deadline % kNsPerSecond)};
  // A signal ends the sleep early: check its flag, then sleep for the rest.
  while (stopped == 0 && MonotonicNs() < deadline) {
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
  }
}

struct Cpu {
  double user = 0;
  double system = 0;

  static Cpu Now() {
    Cpu cpu;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
      rusage usage{};
      ::getrusage(who, &usage);
      cpu.user += Seconds(usage.ru_utime);
      cpu.system += Seconds(usage.ru_stime);
    }
    return cpu;
  }

 private:
  static double Seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
};

void PrintNs(const char* name, std::vector<std::int64_t>& values) {
  std::ranges::sort(values);
  const auto at = [&values](double share) {
    if (values.empty()) return std::int64_t{0};
    return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
  };
  const auto sum = std::accumulate(values.begin(), values.end(), std::int64_t{0});
  const auto count = std::max<std::int64_t>(1, static_cast<std::int64_t>(values.size()));
  std::printf(",\"%s\":{\"mean\":%" PRId64 ",\"p50\":%" PRId64 ",\"p99\":%" PRId64
              ",\"max\":%" PRId64 "}",
              name, sum / count, at(0.5), at(0.99), at(1));
}

}  // namespace

BeatReport RunBeats(std::int64_t interval_ns, const std::function<bool()>& work) {
  WatchSignals();
  BeatReport report;
  std::int64_t began = MonotonicNs();
  Cpu before = Cpu::Now();
  netlink::Beat beat(began, interval_ns);
  std::fprintf(stderr, "ready\n");
  while (true) {
    SleepUntil(beat.deadline());
    if (stopped != 0) break;
    if (begun_anew != 0) {
      begun_anew = 0;
      report = {};
      beat.TakeMissed();
      before = Cpu::Now();
      began = MonotonicNs();
    }
    const std::int64_t start = MonotonicNs();
    report.lateness.push_back(beat.Arrive(start));
    if (!work()) break;
    const std::int64_t end = MonotonicNs();
    report.durations.push_back(end - start);
    beat.Finish(end, interval_ns, false);
    report.missed += beat.TakeMissed();
  }
  const Cpu after = Cpu::Now();
  report.seconds = static_cast<double>(MonotonicNs() - began) / 1e9;
  report.user_seconds = after.user - before.user;
  report.system_seconds = after.system - before.system;
  return report;
}

void PrintReport(BeatReport report, const char* more) {
  std::printf("{\"scans\":%zu,\"missed\":%" PRIu64
              ",\"seconds\":%.6f,\"userSeconds\":%.6f,\"systemSeconds\":%.6f%s",
              report.durations.size(), report.missed, report.seconds, report.user_seconds,
              report.system_seconds, more);
  PrintNs("durationNs", report.durations);
  PrintNs("latenessNs", report.lateness);
  std::printf("}\n");
}

}  // namespace bench
