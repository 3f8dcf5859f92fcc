#include "put-text.h"

#include <array>
#include <bit>

namespace netlink {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kSecondsPerDay = 86'400;
constexpr int kFractionDigits = 9;

/** Texts of 0 to 99, two digits each. */
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[static_cast<std::size_t>(2 * i)] = static_cast<char>('0' + i / 10);
    pairs[static_cast<std::size_t>(2 * i + 1)] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

/** Texts of octets: up to three digits, and their number. */
constexpr auto kOctets = [] {
  std::array<std::array<char, 4>, 256> octets{};
  for (int i = 0; i < 256; ++i) {
    auto& octet = octets[static_cast<std::size_t>(i)];
    const int digits = i < 10 ? 1 : i < 100 ? 2 : 3;
    for (int place = digits - 1, rest = i; place >= 0; --place, rest /= 10) {
      octet[static_cast<std::size_t>(place)] = static_cast<char>('0' + rest % 10);
    }
    octet[3] = static_cast<char>(digits);
  }
  return octets;
}();

/** Writes exactly `digits` digits. */
std::uint8_t* PutDigits(std::uint8_t* out, std::uint64_t value, int digits) {
  std::uint64_t rest = value;
  int place = digits;
  for (; place >= 2; place -= 2) {
    std::memcpy(out + place - 2, kPairs.data() + 2 * (rest % 100), 2);
    rest /= 100;
  }
  if (place == 1) *out = static_cast<std::uint8_t>('0' + rest % 10);
  return out + digits;
}

std::uint8_t* PutOctet(std::uint8_t* out, std::uint8_t octet) {
  const auto& text = kOctets[octet];
  std::memcpy(out, text.data(), 4);
  return out + text[3];
}

bool IsMapped(const std::uint8_t* address) {
  return Load<std::uint64_t>(address) == 0 && LoadBig32(address + 8) == 0xffff;
}

std::uint8_t* PutHex(std::uint8_t* out, std::uint16_t group) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::uint8_t* end = out;
  for (int shift = 12; shift >= 0; shift -= 4) {
    if (end == out && shift > 0 && (group >> shift) == 0) continue;
    *end++ = static_cast<std::uint8_t>(kDigits[(group >> shift) & 0xf]);
  }
  return end;
}

struct Date {
  std::uint64_t year;
  std::uint64_t month;
  std::uint64_t day;
};

/** Date of the Gregorian calendar, for days since 1970. Years are counted from March, so that a
 * leap day is the last one; 400 years have 146,097 days. */
Date DateOf(std::uint64_t days) {
  const std::uint64_t shifted = days + 719'468;  // since 1 March of year 0
  const std::uint64_t era = shifted / 146'097;
  const std::uint64_t day_of_era = shifted % 146'097;
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t march_month = (5 * day_of_year + 2) / 153;
  const std::uint64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {.year = 400 * era + year_of_era + (month <= 2 ? 1 : 0),
          .month = month,
          .day = day_of_year - (153 * march_month + 2) / 5 + 1};
}

}  // namespace

std::uint8_t* PutDecimal(std::uint8_t* out, std::uint64_t value) {
  int digits = 1;
  for (std::uint64_t rest = value; rest >= 10; rest /= 10) ++digits;
  return PutDigits(out, value, digits);
}

std::uint8_t* PutIpv4(std::uint8_t* out, const std::uint8_t* address) {
  std::uint8_t* end = PutOctet(out, address[0]);
  for (int i = 1; i < 4; ++i) {
    *end = '.';
    end = PutOctet(end + 1, address[i]);
  }
  return end;
}

std::uint8_t* PutIpv6(std::uint8_t* out, const std::uint8_t* address) {
  if (IsMapped(address)) return PutIpv4(out, address + 12);
  std::array<std::uint16_t, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = LoadBig16(address + 2 * i);
  std::size_t run = 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > length) {
      run = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  // RFC 5952, 4.2.2: one group alone is not shortened.
  if (length < 2) length = 0;
  std::uint8_t* end = out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (length > 0 && i == run) {
      *end++ = ':';
      if (i == 0) *end++ = ':';
      i += length - 1;
      continue;
    }
    end = PutHex(end, groups[i]);
    if (i < 7) *end++ = ':';
  }
  return end;
}

std::uint8_t* PutTime(std::uint8_t* out, std::uint64_t ns) {
  const std::uint64_t seconds = ns / kNsPerSecond;
  const Date date = DateOf(seconds / kSecondsPerDay);
  const std::uint64_t second = seconds % kSecondsPerDay;
  std::uint8_t* end = PutDigits(out, date.year, 4);
  *end = '-';
  end = PutDigits(end + 1, date.month, 2);
  *end = '-';
  end = PutDigits(end + 1, date.day, 2);
  *end = 'T';
  end = PutDigits(end + 1, second / 3600, 2);
  *end = ':';
  end = PutDigits(end + 1, second / 60 % 60, 2);
  *end = ':';
  end = PutDigits(end + 1, second % 60, 2);
  const std::uint64_t fraction = ns % kNsPerSecond;
  if (fraction > 0) {
    *end = '.';
    end = PutDigits(end + 1, fraction, kFractionDigits);
    while (end[-1] == '0') --end;
  }
  *end = 'Z';
  return end + 1;
}

}  // namespace netlink
