#include "pacer.h"

#include <algorithm>

namespace netlink {
namespace {

/** Weight of one scan in the smoothed figures. */
constexpr double kShare = 1.0 / 8;

/** Maximum share of time for scans. The rest is for destroy events between scans, and for others.
 */
constexpr double kMostBusy = 0.95;

/** Maximum stretch. With a larger one the return to the normal interval would take too long. */
constexpr double kMostStretch = 1000;

/** Step sizes towards the wanted stretch: up fast, down slowly. */
constexpr double kUp = 1.0 / 4;
constexpr double kDown = 1.0 / 16;

/** Threshold for stretching less: small fluctuations of the figures change nothing. */
constexpr double kWorthwhile = 0.95;

/** Stretch below which 1 is used. */
constexpr double kNone = 1.005;

/** Returns the median of three: one slow scan says nothing about the next. */
std::int64_t Middle(std::int64_t a, std::int64_t b, std::int64_t c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

void Smooth(double& smoothed, std::int64_t value) {
  smoothed += (static_cast<double>(value) - smoothed) * kShare;
}

}  // namespace

void Pacer::Scanned(std::size_t source, std::int64_t interval_ns, std::int64_t duration_ns,
                    std::int64_t cpu_ns) {
  if (source >= loads_.size()) loads_.resize(source + 1);
  Load& load = loads_[source];
  load.interval_ns = static_cast<double>(interval_ns);
  // Begin at 0: in the first scan everything is new, so it costs more than later ones.
  Smooth(load.duration_ns, Middle(load.last_ns[0], load.last_ns[1], duration_ns));
  load.last_ns = {load.last_ns[1], duration_ns};
  Smooth(load.cpu_ns, cpu_ns);

  const double wanted = Wanted();
  const double target = std::clamp(wanted, 1.0, kMostStretch);
  if (target > stretch_) {
    stretch_ += (target - stretch_) * kUp;
  } else if (wanted < stretch_ * kWorthwhile) {
    stretch_ += (target - stretch_) * kDown;
    if (stretch_ < kNone) stretch_ = 1;
  }
}

void Pacer::Forget(std::size_t source) {
  if (source < loads_.size()) loads_[source] = Load{};
}

double Pacer::Wanted() {
  double busy = 0;
  double cpu = 0;
  for (const Load& load : loads_) {
    busy += load.duration_ns / load.interval_ns;
    cpu += load.cpu_ns / load.interval_ns;
  }
  const double for_time = busy / kMostBusy;
  const double for_budget = cpu_budget_ > 0 ? cpu / cpu_budget_ : 0;
  limited_ = for_budget > for_time;
  return std::max(for_time, for_budget);
}

}  // namespace netlink
