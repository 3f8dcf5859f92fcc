#include "group-reader.h"

#include <cerrno>
#include <utility>

#include "../netlink/framing.h"
#include "../util/clock.h"

namespace netlink {
namespace {

/** Buffers for messages of usually a few hundred bytes each, one per datagram. */
constexpr std::size_t kDatagrams = 64;
constexpr std::size_t kDatagramSize = 4096;

}  // namespace

GroupReader::GroupReader(EventChannel channel, bool with_nsid)
    : channel_(std::move(channel)),
      with_nsid_(with_nsid),
      buffers_(kDatagrams, kDatagramSize, with_nsid) {}

bool GroupReader::Read(MessageBatch& batch, std::size_t max_bytes) {
  while (batch.messages.data.size() < max_bytes) {
    const int count = channel_.receive(fd(), buffers_.Prepare(), buffers_.count());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == ENOBUFS) {
      ++overruns_;
      continue;
    }
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      batch.failure = Failure{FailureCode::kReceive, errno, "recvmmsg"};
      TakeLost(batch);
      return false;
    }
    bool fits = true;
    for (int i = 0; i < count; ++i) {
      fits &= OnDatagram(buffers_.At(static_cast<std::size_t>(i)), batch);
    }
    if (count > 0) {
      batch.received_ns.push_back(RealtimeNs());
      batch.receive_ends.push_back(static_cast<std::uint32_t>(batch.count()));
    }
    // Only after the last datagram was read: growing replaces the memory.
    if (!fits) buffers_.Grow();
    // Fewer datagrams than buffers: recvmmsg() found the queue empty.
    if (count < static_cast<int>(buffers_.count())) {
      TakeLost(batch);
      return true;
    }
  }
  return false;
}

void GroupReader::TakeLost(MessageBatch& batch) {
  batch.overruns += std::exchange(overruns_, 0);
  batch.lost += drops_.Take(fd());
}

bool GroupReader::OnDatagram(const Datagram& datagram, MessageBatch& batch) const {
  MessageWalker walker(datagram.bytes);
  const bool ours = datagram.from_kernel || !channel_.from_kernel_only;
  while (const auto message = walker.Next()) {
    if (!ours) {
      ++batch.unrelated;
      continue;
    }
    batch.messages.Append(message->bytes);
    if (with_nsid_) batch.nsids.push_back(datagram.nsid);
  }
  // The rest of a truncated message.
  if (!walker.rest().empty() || datagram.bytes.empty()) ++batch.broken;
  return !datagram.truncated;
}

}  // namespace netlink
