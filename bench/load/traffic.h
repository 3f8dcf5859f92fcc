#pragma once

#include <cstdint>
#include <vector>

#include "options.h"
#include "report.h"
#include "sockets.h"

namespace load {

/**
 * One end of many long connections: reads what comes, sends random amounts on random ones, or equal
 * ones on each in its turn, and counts both. What the kernel does not take at once is not sent, so
 * that nothing waits to be sent here.
 */
class Traffic {
 public:
  /**
   * Of `every-ms`, `active` (how many send each time), `max-bytes` (of each) and `seed`; with
   * `in-turn` as many different ones as are active send `max-bytes` each time.
   */
  explicit Traffic(Options& options);

  /** Takes a connected socket. */
  void Add(UniqueFd fd);

  /** Sends, when it is time, on those that have not ended. */
  void Send();

  /** Reads from a connection, or ends it. */
  void Read(std::uint64_t number);

  /** Tells the other ends that nothing more is sent. */
  void EndAll();

  /** Milliseconds until the next turn to send. */
  int Timeout() const;

  Poller& poller() { return poller_; }
  std::size_t open() const { return open_; }
  /** One for every connection that ever was. */
  const std::vector<Count>& counts() const { return counts_; }
  std::uint64_t failed() const { return failed_; }

 private:
  /** What is sent next: on which connection, and how much. */
  struct Piece {
    std::size_t number;
    std::size_t bytes;
  };

  Piece NextPiece();
  void Close(std::uint64_t number);

  std::int64_t every_ns_;
  std::uint64_t active_;
  std::uint64_t max_bytes_;
  std::uint64_t seed_;
  bool in_turn_;
  std::uint64_t turn_ = 0;
  std::int64_t due_ = 0;
  bool ended_ = false;
  Poller poller_;
  std::vector<UniqueFd> fds_;
  std::vector<Count> counts_;
  std::size_t open_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<std::uint8_t> memory_;
};

/** Writes the counts to `out`, and their sums to stdout. Returns the program's exit status. */
int ReportTraffic(const Traffic& traffic, const std::string& out);

}  // namespace load
