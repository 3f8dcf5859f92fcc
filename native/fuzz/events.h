#pragma once

#include "input.h"

namespace netlink::fuzz {

/** Uses the first answer as a dump and all others as destroy events, and compares the reported ends
 * with those of a simple model. */
void CheckEvents(Input input);

}  // namespace netlink::fuzz
