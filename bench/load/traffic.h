#pragma once

#include <cstdint>
#include <vector>

#include "options.h"
#include "report.h"
#include "sockets.h"

namespace load {

/**
 * One end of many long connections. Reads everything, sends random amounts on random connections
 * (or equal amounts on each in turn), and counts both. Data that the kernel does not take at once
 * is not sent later, so that nothing waits in the program.
 */
class Traffic {
 public:
  /**
   * Reads `every-ms`, `active` (connections that send each time), `max-bytes` (of each) and `seed`.
   * With `in-turn`, `active` different connections send `max-bytes` each time.
   */
  explicit Traffic(Options& options);

  /** Adds a connected socket. */
  void Add(UniqueFd fd);

  /** Sends on open connections, if it is time. */
  void Send();

  /** Reads from a connection, and closes it at its end. */
  void Read(std::uint64_t number);

  /** Shuts down the sending side of all connections. */
  void EndAll();

  /** Returns the time until the next send, in milliseconds. */
  int Timeout() const;

  Poller& poller() { return poller_; }
  std::size_t open() const { return open_; }
  /** Counts of all connections, open or ended. */
  const std::vector<Count>& counts() const { return counts_; }
  std::uint64_t failed() const { return failed_; }

 private:
  /** Next data to send: the number of the connection, and the size. */
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
