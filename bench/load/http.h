#pragma once

#include <cstdint>
#include <string>

#include "options.h"

namespace load {

/** Requests that differ, one after the other: GET of ten sections, all of the same length. */
constexpr std::size_t kDifferentRequests = 60;

/** Returns the bytes of {@link kDifferentRequests} requests. */
std::string HttpRequests();

/** Returns the bytes of an answer with a body of so many bytes. */
std::string HttpAnswer(std::size_t body_bytes);

/** Returns CLOCK_REALTIME, the clock of packets, in nanoseconds. */
std::int64_t RealtimeNs();

/** Sends requests on connections that stay open. See main.cc. */
int RunHttp(Options options);

/** Answers requests until SIGTERM. See main.cc. */
int RunHttpServer(Options options);

}  // namespace load
