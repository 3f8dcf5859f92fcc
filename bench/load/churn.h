#pragma once

#include "options.h"

namespace load {

/** Opens short connections, each of which writes, ends and waits for the other end's end. */
int RunChurn(Options options);

/** Takes them, reads to their end, and checks how many bytes came. */
int RunChurnServer(Options options);

}  // namespace load
