#include <exception>
#include <iostream>
#include <string>

#include "check.h"

/** Runs every test whose name contains the first argument. */
int main(int argc, char** argv) {
  const std::string wanted = argc > 1 ? argv[1] : "";
  int run = 0;
  int failed = 0;
  for (const auto& test : netlink::test::AllTests()) {
    if (test.name.find(wanted) == std::string::npos) continue;
    ++run;
    try {
      test.body();
    } catch (const std::exception& error) {
      ++failed;
      std::cerr << "FAIL " << test.name << "\n  " << error.what() << "\n";
    }
  }
  std::cout << run - failed << " of " << run << " C++ tests passed\n";
  return failed == 0 && run > 0 ? 0 : 1;
}
