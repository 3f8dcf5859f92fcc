#pragma once

#include "options.h"

namespace load {

/** Opens short connections. Each writes, shuts down and waits for the end of the other side. */
int RunChurn(Options options);

/** Accepts short connections, reads to their end, and checks the number of bytes. */
int RunChurnServer(Options options);

}  // namespace load
