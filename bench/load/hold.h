#pragma once

#include "options.h"

namespace load {

/** Holds connections with random traffic for a while, then ends them in order. */
int RunHold(Options options);

/** Takes them, sends at random, too, and ends each when the other end has. */
int RunHoldServer(Options options);

}  // namespace load
