#include "options.h"

#include <charconv>
#include <sstream>

namespace load {
namespace {

std::uint64_t ToNumber(const std::string& name, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError("--" + name + ": " + text + " is not a number");
  }
  return value;
}

}  // namespace

Options::Options(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (!argument.starts_with("--") || equals == std::string::npos) {
      throw UsageError(argument + " is not of the form --name=value");
    }
    left_[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
  }
}

std::string Options::Text(const std::string& name, const std::string& fallback) {
  const auto found = left_.find(name);
  if (found == left_.end()) return fallback;
  const std::string value = found->second;
  left_.erase(found);
  return value;
}

std::string Options::Text(const std::string& name) {
  if (!left_.contains(name)) throw UsageError("--" + name + " is missing");
  return Text(name, "");
}

std::uint64_t Options::Number(const std::string& name, std::uint64_t fallback) {
  return left_.contains(name) ? ToNumber(name, Text(name)) : fallback;
}

std::uint64_t Options::Number(const std::string& name) { return ToNumber(name, Text(name)); }

std::vector<std::string> Options::List(const std::string& name) {
  std::istringstream text(Text(name, ""));
  std::vector<std::string> values;
  for (std::string value; std::getline(text, value, ',');) values.push_back(value);
  return values;
}

void Options::RequireNoOther() const {
  if (!left_.empty()) throw UsageError("unknown option --" + left_.begin()->first);
}

}  // namespace load
