#include "failure.h"

namespace netlink {

const char* CodeName(FailureCode code) {
  switch (code) {
    case FailureCode::kSocket:
      return "ERR_SOCKET";
    case FailureCode::kNamespace:
      return "ERR_NAMESPACE";
    case FailureCode::kSend:
      return "ERR_SEND";
    case FailureCode::kReceive:
      return "ERR_RECEIVE";
    case FailureCode::kTruncated:
      return "ERR_TRUNCATED";
    case FailureCode::kRefused:
      return "ERR_REFUSED";
    case FailureCode::kDone:
      return "ERR_DONE";
    case FailureCode::kInterrupted:
      return "ERR_INTERRUPTED";
    case FailureCode::kMalformed:
      return "ERR_MALFORMED";
    case FailureCode::kTimeout:
      return "ERR_TIMEOUT";
    case FailureCode::kFull:
      return "ERR_FULL";
  }
  return "ERR_UNKNOWN";
}

}  // namespace netlink
