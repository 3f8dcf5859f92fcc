#include "event-stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netlink {
namespace {

/** Buffers for events: a few hundred bytes each, one per datagram. */
constexpr std::size_t kDatagrams = 64;
constexpr std::size_t kDatagramSize = 4096;

/** Returns the numbers of the groups in a mask. */
std::vector<std::uint32_t> GroupsIn(std::uint32_t mask) {
  std::vector<std::uint32_t> groups;
  for (std::uint32_t group = 1; mask != 0; ++group, mask >>= 1) {
    if ((mask & 1) != 0) groups.push_back(group);
  }
  return groups;
}

}  // namespace

Result<EventChannel> OpenKernelEvents(int protocol, const EventSpec& spec) {
  return OpenGroups(protocol, {.groups = GroupsIn(spec.groups),
                               .receive_buffer = spec.receive_buffer,
                               .filter = spec.filter,
                               .fallback_filter = spec.fallback_filter});
}

EventStream::EventStream(EventChannel channel, std::vector<std::uint16_t> data_types)
    : channel_(std::move(channel)),
      data_types_(std::move(data_types)),
      buffers_(kDatagrams, kDatagramSize) {}

EventReport EventStream::Drain(MessageSink& sink, const std::function<bool()>& has_room) {
  EventReport report;
  while (has_room()) {
    const int count = channel_.receive(fd(), buffers_.Prepare(), buffers_.count());
    if (count <= 0) {
      if (count == 0 || errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EINTR) continue;
      if (errno != ENOBUFS) {
        report.failure = Failure{FailureCode::kReceive, errno, "recvmmsg"};
        break;
      }
      // Reported once, before the queued messages. The kernel drops everything until the queue is
      // empty (NETLINK_S_CONGESTED), so empty it now.
      ++report.overruns;
      continue;
    }
    bool truncated = false;
    sink.BeginBatch();
    for (int i = 0; i < count; ++i) {
      const Datagram datagram = buffers_.At(static_cast<std::size_t>(i));
      OnDatagram(datagram, sink, report);
      truncated |= datagram.truncated;
    }
    sink.EndBatch();
    // Only after the last datagram was read: growing replaces the memory.
    if (truncated) buffers_.Grow();
  }
  report.lost = drops_.Take(fd());
  return report;
}

void EventStream::OnDatagram(const Datagram& datagram, MessageSink& sink, EventReport& report) {
  MessageWalker walker(datagram.bytes);
  const bool ours = datagram.from_kernel || !channel_.from_kernel_only;
  while (const auto message = walker.Next()) {
    if (!ours) {
      ++report.unrelated;
      continue;
    }
    const bool wanted = std::find(data_types_.begin(), data_types_.end(), message->header.type) !=
                        data_types_.end();
    if (!wanted || sink.OnMessage(message->bytes) != Verdict::kTaken) ++report.discarded;
  }
  // The rest of a truncated message.
  if (!walker.rest().empty() || datagram.bytes.empty()) ++report.discarded;
}

}  // namespace netlink
