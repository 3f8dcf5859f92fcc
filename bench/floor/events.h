#pragma once

#include "../load/options.h"

namespace bench {

/** Receives multicast messages until SIGTERM, counts and discards them, and prints their number,
 * the losses and the CPU time as one line of JSON. */
int RunEvents(load::Options options);

}  // namespace bench
