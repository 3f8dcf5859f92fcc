#include "http.h"

#include <time.h>

#include <cstdio>

namespace load {

std::string HttpRequests() {
  std::string all;
  for (unsigned i = 0; i < kDifferentRequests; ++i) {
    char line[64];
    std::snprintf(line, sizeof line, "GET /section%u/page%02u?id=1 HTTP/1.1\r\n", i % 10, i);
    all += line;
    all += "Host: www.example.com\r\nUser-Agent: load/1.0\r\nAccept: */*\r\n\r\n";
  }
  return all;
}

std::string HttpAnswer(std::size_t body_bytes) {
  return "HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 19:05:02 GMT\r\nContent-Type: text/html\r\n"
         "Content-Length: " +
         std::to_string(body_bytes) + "\r\n\r\n" + std::string(body_bytes, 'x');
}

std::int64_t RealtimeNs() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace load
