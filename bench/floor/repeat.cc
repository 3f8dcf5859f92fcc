#include "repeat.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "beats.h"

namespace bench {
namespace {

class Command {
 public:
  explicit Command(const std::string& text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) words_.push_back(word);
    if (words_.empty()) throw load::UsageError("--command is missing");
    for (std::string& word : words_) arguments_.push_back(word.data());
    arguments_.push_back(nullptr);
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  ~Command() { ::posix_spawn_file_actions_destroy(&actions_); }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /** Runs the program once. Returns false, with a line on stderr, when it failed. */
  bool Run() {
    pid_t child = 0;
    const int error =
        ::posix_spawnp(&child, arguments_[0], &actions_, nullptr, arguments_.data(), environ);
    if (error != 0) {
      std::fprintf(stderr, "%s: %s\n", arguments_[0], std::strerror(error));
      return false;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
      if (errno == EINTR) continue;
      std::perror("waitpid");
      return false;
    }
    if (status != 0) std::fprintf(stderr, "%s: wait status %d\n", arguments_[0], status);
    return status == 0;
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> arguments_;
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

int RunRepeat(load::Options options) {
  const auto interval = static_cast<std::int64_t>(options.Number("every-ms", 10)) * 1'000'000;
  Command command(options.Text("command"));
  options.RequireNoOther();
  bool good = true;
  const BeatReport report = RunBeats(interval, [&] { return good = command.Run(); });
  PrintReport(report, "");
  return good ? 0 : 1;
}

}  // namespace bench
