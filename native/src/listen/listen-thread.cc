#include "listen-thread.h"

#include <utility>

#include "../util/clock.h"

namespace netlink {

bool ListenThread::ReadQueued() {
  bool empty = false;
  while (!empty && MayRead()) {
    auto batch = queue_.Fresh();
    empty = reader_.Read(*batch, spec_.batch_bytes);
    const bool failed = batch->failure.has_value();
    if (batch->Any()) {
      queue_.Push(std::move(batch));
      Wake();
    } else {
      queue_.Recycle(std::move(batch));
    }
    if (failed) return false;
  }
  read_from_ = MonotonicNs() + spec_.gather_ns;
  return true;
}

void ListenThread::PushLast() {
  auto last = queue_.Fresh();
  reader_.TakeLost(*last);
  if (last->Any()) queue_.Push(std::move(last));
}

}  // namespace netlink
