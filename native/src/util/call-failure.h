#pragma once

namespace netlink {

/** A failed system call. `call` is a literal. */
struct CallFailure {
  int error;
  const char* call;
};

}  // namespace netlink
