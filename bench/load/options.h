#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace load {

/** Error that the user can fix. The message is one sentence. */
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** Arguments of the form `--name=value`. The program must read each of them. */
class Options {
 public:
  Options(int argc, char** argv);

  std::string Text(const std::string& name, const std::string& fallback);
  std::string Text(const std::string& name);
  std::uint64_t Number(const std::string& name, std::uint64_t fallback);
  std::uint64_t Number(const std::string& name);
  /** Returns comma-separated values. */
  std::vector<std::string> List(const std::string& name);

  /** @throws UsageError when there are arguments that were not read */
  void RequireNoOther() const;

 private:
  std::map<std::string, std::string> left_;
};

}  // namespace load
