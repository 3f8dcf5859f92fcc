#pragma once

#include <variant>

namespace netlink {

/** Reason why a dump is incomplete. The names are those of `ScanFailure.code` in binding.ts. */
enum class FailureCode {
  kSocket,
  kNamespace,
  kSend,
  kReceive,
  kTruncated,
  kRefused,
  kDone,
  kInterrupted,
  kMalformed,
  kTimeout,
  kFull,
};

/** Returns the stable string of a code, such as `ERR_SOCKET`. */
const char* CodeName(FailureCode code);

/** One failure. `error` is a positive errno or 0; `op` is a literal: a system call or a netlink
 * message. */
struct Failure {
  FailureCode code;
  int error;
  const char* op;
};

/** A value, or the failure that prevented it. */
template <typename T>
using Result = std::variant<T, Failure>;

}  // namespace netlink
