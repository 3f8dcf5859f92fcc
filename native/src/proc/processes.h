#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace netlink {

/** Processes in /proc. */
struct ProcessSurvey {
  /** A positive errno, or 0. */
  int error = 0;
  std::vector<std::uint32_t> pids;
  /** Number of open descriptors of each process; 0 if unknown (before Linux 6.2). */
  std::vector<std::uint32_t> descriptors;
};

/** Lists the processes. Needs no permission of theirs. */
ProcessSurvey SurveyProcesses(const std::string& proc);

/** A process whose descriptors were read. */
struct ReadProcess {
  /** A positive errno, or 0. After a failure the other fields are empty. */
  int error = 0;
  /** Number of its open descriptors. */
  std::uint32_t descriptors = 0;
  /** Number of its sockets. Without any the fields below are empty. */
  std::uint32_t sockets = 0;
  /** Time of its start after boot, in clock ticks. */
  std::uint64_t start_ticks = 0;
  /** Process ids of parent, grandparent, … */
  std::vector<std::uint32_t> ancestors;
  /** Effective user id. */
  std::uint32_t uid = 0;
  /** Name of the process, any bytes. */
  std::string command;
  /** Path of the program; empty if it may not be read. */
  std::string executable;
};

/** Processes and their sockets. */
struct ProcessSockets {
  std::vector<ReadProcess> processes;
  /** Three numbers for each socket, in the order of the processes: process id, descriptor, inode.
   */
  std::vector<std::uint32_t> sockets;
};

/**
 * Reads the links of processes that have the form `socket:[N]`, in the given order, and describes
 * the processes that have some. Stops after the process during which the thread's CPU time exceeds
 * `cpu_limit_ns`: at least one is read. Arguments and environments are never read.
 */
ProcessSockets ReadSockets(const std::string& proc, std::span<const std::uint32_t> pids,
                           std::int64_t cpu_limit_ns);

}  // namespace netlink
