#include "capture-thread.h"

#include <poll.h>

#include "../util/clock.h"

namespace netlink {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
/** Time between two readings of the statistics. */
constexpr std::int64_t kCountNs = kNsPerSecond;
/** Time for the kernel to close its last block at the end, besides the timeout of blocks. */
constexpr std::int64_t kEndNs = 200 * kNsPerMs;
/** Time between two looks at the ring at the end. */
constexpr int kLookMs = 5;

}  // namespace

bool CaptureThread::ReadQueued() {
  while (MayRead() && PushNext()) continue;
  if (failed_) return false;
  const std::int64_t now = MonotonicNs();
  if (now >= count_at_) {
    reader_.CountLosses();
    PushLost();
    count_at_ = now + kCountNs;
  }
  // Without a ring the kernel wakes for each packet, and with one for each block.
  if (channel().block_count == 0) read_from_ = now + channel().block_timeout_ms * kNsPerMs;
  return true;
}

void CaptureThread::PushLast() {
  const std::int64_t deadline = MonotonicNs() + 2 * channel().block_timeout_ms * kNsPerMs + kEndNs;
  if (!halted()) reader_.Stop();
  while (!halted()) {
    while (PushNext()) continue;
    reader_.CountLosses();
    if (reader_.AllRead() || MonotonicNs() > deadline) break;
    AwaitBlock();
  }
  reader_.GiveUp();
  PushLost();
}

bool CaptureThread::PushNext() {
  auto block = queue_.Fresh();
  const bool any = reader_.Read(*block);
  // It was reported before: what is left is read all the same.
  if (failed_) block->failure.reset();
  Push(std::move(block));
  return any;
}

void CaptureThread::Push(std::unique_ptr<PacketBlock> block) {
  if (!block->Any()) return queue_.Recycle(std::move(block));
  if (block->failure) failed_ = true;
  queue_.Push(std::move(block));
  Wake();
}

void CaptureThread::PushLost() {
  auto block = queue_.Fresh();
  reader_.TakeLost(*block);
  Push(std::move(block));
}

void CaptureThread::AwaitBlock() const {
  pollfd wait{.fd = fd(), .events = POLLIN, .revents = 0};
  // An error of the socket must not make this a busy loop.
  if (::poll(&wait, 1, kLookMs) > 0 && (wait.revents & POLLERR) != 0) ::poll(nullptr, 0, kLookMs);
}

}  // namespace netlink
