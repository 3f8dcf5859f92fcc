#pragma once

#include "input.h"

namespace netlink::fuzz {

/** Uses each answer as that to three requests of an asker, and checks what belongs to which. */
void CheckAsker(Input input);

/** Uses the first answer as that to a dump, read in parts of any size, and checks that no message
 * is missing. */
void CheckDumpStream(Input input);

/** Uses all datagrams as multicast messages, and checks that each is delivered or counted. */
void CheckGroupReader(const Input& input);

}  // namespace netlink::fuzz
