#include "timers.h"

namespace netlink::relay {
namespace {

constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void Timers::Set(std::uint32_t owner, std::int64_t deadline) {
  if (owner >= places_.size()) {
    if (deadline == kNever) return;
    places_.resize(std::size_t{owner} + 1, kNowhere);
  }
  const std::uint32_t place = places_[owner];
  if (deadline == kNever) {
    if (place != kNowhere) Remove(place);
    return;
  }
  if (place != kNowhere) {
    Sift(place, {deadline, owner});
    return;
  }
  heap_.push_back({});
  Sift(static_cast<std::uint32_t>(heap_.size() - 1), {deadline, owner});
}

void Timers::Remove(std::uint32_t place) {
  places_[heap_[place].owner] = kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) Sift(place, last);
}

void Timers::Place(std::uint32_t place, Entry entry) {
  heap_[place] = entry;
  places_[entry.owner] = place;
}

void Timers::Sift(std::uint32_t place, Entry entry) {
  while (place > 0) {
    const std::uint32_t parent = (place - 1) / 2;
    if (heap_[parent].deadline <= entry.deadline) break;
    Place(place, heap_[parent]);
    place = parent;
  }
  const auto count = static_cast<std::uint32_t>(heap_.size());
  while (2 * place + 1 < count) {
    std::uint32_t child = 2 * place + 1;
    if (child + 1 < count && heap_[child + 1].deadline < heap_[child].deadline) ++child;
    if (entry.deadline <= heap_[child].deadline) break;
    Place(place, heap_[child]);
    place = child;
  }
  Place(place, entry);
}

}  // namespace netlink::relay
