#pragma once

#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/* A minimal test framework. */

namespace netlink::test {

struct Test {
  std::string name;
  std::function<void()> body;
};

inline std::vector<Test>& AllTests() {
  static std::vector<Test> all;
  return all;
}

struct Registration {
  Registration(const char* name, std::function<void()> body) {
    AllTests().push_back({name, std::move(body)});
  }
};

inline void Fail(const char* file, int line, const std::string& what) {
  std::ostringstream text;
  text << file << ":" << line << ": " << what;
  throw std::runtime_error(text.str());
}

template <typename A, typename B>
void CheckEqual(const A& actual, const B& expected, const char* text, const char* file, int line) {
  if (actual == expected) return;
  std::ostringstream what;
  what << text << " is " << actual << ", not " << expected;
  Fail(file, line, what.str());
}

}  // namespace netlink::test

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEST_(name, id)                                                                    \
  static void JOIN(Test, id)();                                                            \
  static const ::netlink::test::Registration JOIN(registration, id)(name, JOIN(Test, id)); \
  static void JOIN(Test, id)()

/** Defines a test: TEST("name") { ... } */
#define TEST(name) TEST_(name, __COUNTER__)

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) ::netlink::test::Fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQ(actual, expected) \
  ::netlink::test::CheckEqual(actual, expected, #actual, __FILE__, __LINE__)
