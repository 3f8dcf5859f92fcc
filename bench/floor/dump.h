#pragma once

#include "../load/options.h"

namespace bench {

/** Sends dump requests on a beat, reads the answers to their end, and discards them. */
int RunDump(load::Options options);

}  // namespace bench
