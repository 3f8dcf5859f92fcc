#pragma once

#include <variant>

namespace netlink {

/** Why a dump is not complete. The names are those of `ScanFailure.code` in binding.ts. */
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

/** The stable string of a code, such as `ERR_SOCKET`. */
const char* CodeName(FailureCode code);

/** One failure. `error` is a positive errno or 0; `op` is a literal: a system call or a netlink
 * message. */
struct Failure {
  FailureCode code;
  int error;
  const char* op;
};

/** A value, or why there is none. */
template <typename T>
using Result = std::variant<T, Failure>;

}  // namespace netlink
