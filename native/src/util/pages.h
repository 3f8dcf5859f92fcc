#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

#include "mapping.h"

namespace netlink {

/** Zeroed memory pages. The destructor always returns them to the system, unlike free(). The
 * constructor throws std::bad_alloc when there is no memory. */
class Pages : public Mapping {
 public:
  explicit Pages(std::size_t size) : Mapping(-1, size, MAP_PRIVATE | MAP_ANONYMOUS) {
    if (data() == nullptr) throw std::bad_alloc();
  }
};

}  // namespace netlink
