#include "../../src/proc/text.h"

#include <string>

#include "../check.h"

namespace netlink::test {
namespace {

std::string Stat(const std::string& name, const std::string& parent, const std::string& start) {
  std::string text = "12 (" + name + ") S " + parent;
  for (int i = 5; i < 22; ++i) text += " 0";  // fields 5 to 21
  return text + " " + start + " 4096 1\n";
}

TEST("stat: parent and start are found behind a name with blanks and parentheses") {
  const auto stat = ParseStat(Stat("a) S 7 (b", "34", "18446744073709551615"));
  CHECK(stat.has_value());
  CHECK_EQ(stat->parent, 34u);
  CHECK_EQ(stat->start_ticks, 18446744073709551615u);
}

TEST("stat: text that is cut or malformed at any byte is refused") {
  const std::string whole = Stat("name", "34", "56");
  const std::size_t end = whole.find(" 4096");
  for (std::size_t length = 0; length < end - 1; ++length) {
    const auto stat = ParseStat(whole.substr(0, length));
    CHECK(!stat.has_value());
  }
  CHECK(!ParseStat(Stat("name", "-1", "56")).has_value());
  CHECK(!ParseStat(Stat("name", "34", "5x")).has_value());
}

TEST("number: only decimal digits up to 32 bits are one") {
  CHECK(ParseNumber("4294967295") == 4294967295u);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1x", "4294967296", "."}) {
    CHECK(!ParseNumber(text).has_value());
  }
}

}  // namespace
}  // namespace netlink::test
