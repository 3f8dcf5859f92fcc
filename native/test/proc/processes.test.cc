#include "../../src/proc/processes.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "../../src/util/fd.h"
#include "../check.h"
#include "temporary-folder.h"

namespace netlink::test {
namespace {

constexpr std::int64_t kNoLimit = 60'000'000'000;

/** A procfs of ours, in which processes are made as needed. */
class FakeProc : public TemporaryFolder {
 public:
  void Add(int pid, int parent, const std::string& start) {
    const std::string folder = std::to_string(pid);
    std::string stat = folder + " (x) S " + std::to_string(parent);
    for (int i = 5; i < 22; ++i) stat += " 0";
    Write(folder + "/stat", stat + " " + start + " 0\n");
    Write(folder + "/comm", "name\033[31m\n\n");
    Link(folder + "/exe", "/usr/bin/x (deleted)");
    MakeFolder(folder + "/fd");
  }

  void AddDescriptor(int pid, int fd, const std::string& target) {
    Link(std::to_string(pid) + "/fd/" + std::to_string(fd), target);
  }
};

TEST("processes: sockets are reported with their process and descriptor, other files are not") {
  FakeProc proc;
  proc.Add(10, 1, "77");
  proc.AddDescriptor(10, 3, "socket:[4294967295]");
  for (const char* other : {"/dev/null", "pipe:[5]", "socket:[", "socket:[5", "socket:[5]x",
                            "socket:[4294967296]", "anon_inode:[eventpoll]", "/socket:[5]"}) {
    static int fd = 4;
    proc.AddDescriptor(10, fd++, other);
  }
  const std::vector<std::uint32_t> pids{10};
  const ProcessSockets read = ReadSockets(proc.path(), pids, kNoLimit);
  CHECK(read.sockets == (std::vector<std::uint32_t>{10, 3, 4294967295}));
  const ReadProcess& process = read.processes.at(0);
  CHECK_EQ(process.error, 0);
  CHECK_EQ(process.descriptors, 9u);
  CHECK_EQ(process.sockets, 1u);
  CHECK_EQ(process.start_ticks, 77u);
  CHECK_EQ(process.uid, ::getuid());
  CHECK_EQ(process.command, "name\033[31m\n");
  CHECK_EQ(process.executable, "/usr/bin/x (deleted)");
}

TEST("processes: one without sockets is not described") {
  FakeProc proc;
  proc.Add(10, 1, "77");
  const std::vector<std::uint32_t> pids{10};
  const ReadProcess process = ReadSockets(proc.path(), pids, kNoLimit).processes.at(0);
  CHECK_EQ(process.error, 0);
  CHECK_EQ(process.start_ticks, 0u);
  CHECK(process.command.empty());
}

TEST("processes: ancestors end at the first one that cannot be read, and in a circle") {
  FakeProc proc;
  proc.Add(10, 20, "1");
  proc.Add(20, 30, "1");
  proc.Add(40, 50, "1");
  proc.Add(50, 40, "1");
  proc.AddDescriptor(10, 3, "socket:[1]");
  proc.AddDescriptor(40, 3, "socket:[2]");
  const std::vector<std::uint32_t> pids{10, 40};
  const ProcessSockets read = ReadSockets(proc.path(), pids, kNoLimit);
  CHECK(read.processes.at(0).ancestors == (std::vector<std::uint32_t>{20, 30}));
  CHECK(!read.processes.at(1).ancestors.empty());
}

TEST("processes: those that have ended, or are malformed, fail and have no sockets") {
  FakeProc proc;
  proc.Add(10, 1, "x");
  proc.AddDescriptor(10, 3, "socket:[1]");
  const std::vector<std::uint32_t> pids{11, 10};
  const ProcessSockets read = ReadSockets(proc.path(), pids, kNoLimit);
  CHECK_EQ(read.processes.at(0).error, ENOENT);
  CHECK_EQ(read.processes.at(1).error, EBADMSG);
  CHECK_EQ(read.processes.at(1).sockets, 0u);
  CHECK(read.sockets.empty());
}

TEST("processes: without a procfs every process fails, and so does the survey") {
  const std::vector<std::uint32_t> pids{1, 2};
  const ProcessSockets read = ReadSockets("/nonexistent", pids, kNoLimit);
  CHECK_EQ(read.processes.size(), 2u);
  CHECK_EQ(read.processes.at(1).error, ENOENT);
  CHECK_EQ(SurveyProcesses("/nonexistent").error, ENOENT);
}

TEST("processes: reading stops when its CPU time is used up, but not before the first one") {
  FakeProc proc;
  proc.Add(10, 1, "1");
  proc.Add(20, 1, "1");
  const std::vector<std::uint32_t> pids{10, 20};
  CHECK_EQ(ReadSockets(proc.path(), pids, 0).processes.size(), 1u);
  CHECK_EQ(ReadSockets(proc.path(), {}, 0).processes.size(), 0u);
}

TEST("processes: a survey lists only processes") {
  FakeProc proc;
  proc.Add(10, 1, "1");
  proc.MakeFolder("self");
  proc.Write("5x", "");
  const ProcessSurvey survey = SurveyProcesses(proc.path());
  CHECK_EQ(survey.error, 0);
  CHECK(survey.pids == std::vector<std::uint32_t>{10});
  CHECK_EQ(survey.descriptors.size(), 1u);
}

TEST("processes: this process is found by its socket, in a survey of the system") {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct stat status {};
  CHECK(::fstat(socket.get(), &status) == 0);
  const auto own = static_cast<std::uint32_t>(::getpid());
  const ProcessSurvey survey = SurveyProcesses("/proc");
  CHECK(std::ranges::find(survey.pids, own) != survey.pids.end());
  const ProcessSockets read = ReadSockets("/proc", std::span(&own, 1), kNoLimit);
  CHECK_EQ(read.processes.at(0).error, 0);
  const auto inode = static_cast<std::uint32_t>(status.st_ino);
  CHECK(std::ranges::find(read.sockets, inode) != read.sockets.end());
  CHECK_EQ(read.processes.at(0).uid, ::geteuid());
}

}  // namespace
}  // namespace netlink::test
