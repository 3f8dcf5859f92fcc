#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netlink {

/**
 * Computes by how much the intervals of all sources must be stretched, so that the scans fit into
 * real time and into the CPU budget. Reads no clock: the caller passes all times.
 */
class Pacer {
 public:
  /** @param cpu_budget CPU time per real time: 1 for one full core, 0 for no limit */
  explicit Pacer(double cpu_budget) : cpu_budget_(cpu_budget) {}

  /** Records the cost of one scan of a source whose interval is `interval_ns`. `cpu_ns` includes
   * the work since the previous scan. */
  void Scanned(std::size_t source, std::int64_t interval_ns, std::int64_t duration_ns,
               std::int64_t cpu_ns);

  /** Forgets a source that is no longer scanned. */
  void Forget(std::size_t source);

  /** Factor for all intervals, at least 1. */
  double stretch() const { return stretch_; }
  /** True when the CPU budget needs a larger stretch than the scans' duration. */
  bool limited() const { return limited_; }

  std::int64_t Stretched(std::int64_t interval_ns) const {
    return static_cast<std::int64_t>(static_cast<double>(interval_ns) * stretch_);
  }

 private:
  /** Smoothed cost of one scan of a source, and its interval. */
  struct Load {
    /** Duration of the last two scans. */
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
