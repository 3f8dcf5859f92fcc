#include "message-batch.h"

namespace netlink {

void MessageBatch::Clear() {
  messages.Clear();
  nsids.clear();
  received_ns.clear();
  receive_ends.clear();
  overruns = 0;
  lost = 0;
  broken = 0;
  unrelated = 0;
  failure.reset();
}

}  // namespace netlink
