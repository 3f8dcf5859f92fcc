#include "batch.h"

#include <utility>

namespace netlink {

void Batch::Clear() {
  // Each vector drops its contents and keeps its memory.
  Batch cleared;
  const auto keep = [](auto& from, auto& into) {
    from.clear();
    into = std::move(from);
  };
  keep(request_ns, cleared.request_ns);
  keep(tally, cleared.tally);
  keep(changed.data, cleared.changed.data);
  keep(changed.spans, cleared.changed.spans);
  keep(gone, cleared.gone);
  keep(quiet.times_ns, cleared.quiet.times_ns);
  keep(quiet.figures, cleared.quiet.figures);
  keep(quiet.tally, cleared.quiet.tally);
  keep(destroyed.messages.data, cleared.destroyed.messages.data);
  keep(destroyed.messages.spans, cleared.destroyed.messages.spans);
  keep(destroyed.last_scans, cleared.destroyed.last_scans);
  *this = std::move(cleared);
}

}  // namespace netlink
