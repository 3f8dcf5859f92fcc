#pragma once

#include "input.h"

namespace netlink::fuzz {

/** Takes the first answer as a dump and all others as events that tell of ends, and holds what is
 * told of them against what a plain walk finds. */
void CheckEnds(Input input);

}  // namespace netlink::fuzz
