#pragma once

#include "options.h"

namespace load {

/** Keeps connections open with random traffic for a while, then ends them in order. */
int RunHold(Options options);

/** Accepts connections, also sends at random, and ends each after the other end. */
int RunHoldServer(Options options);

}  // namespace load
