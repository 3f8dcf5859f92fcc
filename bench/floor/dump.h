#pragma once

#include "../load/options.h"

namespace bench {

/** Sends dump requests on a beat, reads the answers to their end, and throws them away. */
int RunDump(load::Options options);

}  // namespace bench
