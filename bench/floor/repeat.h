#pragma once

#include "../load/options.h"

namespace bench {

/** Starts a program on a beat, its output thrown away, and waits for its end. */
int RunRepeat(load::Options options);

}  // namespace bench
