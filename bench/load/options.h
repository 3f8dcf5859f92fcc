#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace load {

/** Something that the user can mend, in one sentence. */
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** `--name=value` arguments, each of which must be asked for. */
class Options {
 public:
  Options(int argc, char** argv);

  std::string Text(const std::string& name, const std::string& fallback);
  std::string Text(const std::string& name);
  std::uint64_t Number(const std::string& name, std::uint64_t fallback);
  std::uint64_t Number(const std::string& name);
  /** Values between commas. */
  std::vector<std::string> List(const std::string& name);

  /** @throws UsageError when there are arguments that nobody asked for */
  void RequireNoOther() const;

 private:
  std::map<std::string, std::string> left_;
};

}  // namespace load
