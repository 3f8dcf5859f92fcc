#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netlink {

/**
 * How much further apart than wished the scans of all sources have to be: so that they fit into the
 * time that there is, and into the CPU time that they may take. Knows of time only what it is told.
 */
class Pacer {
 public:
  /** `cpu_budget`: CPU time per time, 1 for all of one core; 0 for no bound. */
  explicit Pacer(double cpu_budget) : cpu_budget_(cpu_budget) {}

  /** What one scan of a source took, which is to be scanned every `interval_ns`. `cpu_ns` counts
   * what was done since the scan before, too. */
  void Scanned(std::size_t source, std::int64_t interval_ns, std::int64_t duration_ns,
               std::int64_t cpu_ns);

  /** The source is not scanned any more. */
  void Forget(std::size_t source);

  /** What intervals are multiplied with, at least 1. */
  double stretch() const { return stretch_; }
  /** Whether the budget asks for more than the scans' length does. */
  bool limited() const { return limited_; }

  std::int64_t Stretched(std::int64_t interval_ns) const {
    return static_cast<std::int64_t>(static_cast<double>(interval_ns) * stretch_);
  }

 private:
  /** What one scan of a source takes, smoothed, and how often it is to be scanned. */
  struct Load {
    /** Length of the last two scans. */
    std::array<std::int64_t, 2> last_ns{};
    double duration_ns = 0;
    double cpu_ns = 0;
    double interval_ns = 1;
  };

  double Wanted();

  const double cpu_budget_;
  std::vector<Load> loads_;
  double stretch_ = 1;
  bool limited_ = false;
};

}  // namespace netlink
