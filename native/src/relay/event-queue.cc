#include "event-queue.h"

#include <utility>

namespace netlink::relay {
namespace {

/** Capacity from which a batch's memory is not kept. */
constexpr std::size_t kMaxKept = std::size_t{1} << 20;

}  // namespace

void EventBatch::Clear() {
  if (data.capacity() > kMaxKept) std::vector<std::uint8_t>().swap(data);
  data.clear();
  count = 0;
  dump_bytes = 0;
}

void EventQueue::Append(Bytes record, Bytes tail, Bytes more, std::size_t size) {
  std::vector<std::uint8_t>& data = fresh_.data;
  const std::size_t end = data.size() + size;
  data.insert(data.end(), record.begin(), record.end());
  data.insert(data.end(), tail.begin(), tail.end());
  data.insert(data.end(), more.begin(), more.end());
  data.resize(end);
  ++fresh_.count;
}

void EventQueue::AddDump(DumpEvent event, Bytes bytes) {
  event.length = static_cast<std::uint32_t>(bytes.size());
  Add(EventKind::kDump, event, bytes);
  fresh_.dump_bytes += bytes.size();
  dump_bytes_ += bytes.size();
}

void EventQueue::Publish() {
  if (fresh_.count == 0) return;
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = published_.count == 0;
    if (was_empty) {
      std::swap(published_, fresh_);
    } else {
      published_.data.insert(published_.data.end(), fresh_.data.begin(), fresh_.data.end());
      published_.count += fresh_.count;
      published_.dump_bytes += fresh_.dump_bytes;
    }
  }
  fresh_.Clear();
  urgent_ = false;
  if (was_empty) wake_();
}

bool EventQueue::Take(EventBatch& batch) {
  const std::lock_guard lock(mutex_);
  if (published_.count == 0) return false;
  std::swap(published_, batch);
  dump_bytes_ -= batch.dump_bytes;
  return true;
}

}  // namespace netlink::relay
