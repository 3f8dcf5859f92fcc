#include "pacer.h"

#include <algorithm>

namespace netlink {
namespace {

/** The share of one scan in the smoothed figures. */
constexpr double kShare = 1.0 / 8;

/** What scans may fill of the time: the rest is for ends between two of them, and for others. */
constexpr double kMostBusy = 0.95;

/** Scans further apart than this would take as long to come together again. */
constexpr double kMostStretch = 1000;

/** Steps towards what is wanted: it is feared sooner than hoped for. */
constexpr double kUp = 1.0 / 4;
constexpr double kDown = 1.0 / 16;

/** As long as less than this would be gained nothing is: figures that tremble move nothing. */
constexpr double kWorthwhile = 0.95;

/** A stretch that is as good as none. */
constexpr double kNone = 1.005;

/** The middle one of three: that one scan took long says nothing of the next. */
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
  // From nothing: the first scan, in which all is new, costs more than any after it.
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
