#pragma once

#include "../load/options.h"

namespace bench {

/** Runs a program on a beat, discards its output, and waits for its end. */
int RunRepeat(load::Options options);

}  // namespace bench
