#include "exchange.h"

#include <algorithm>

namespace netlink {
namespace {

/** Returns whether the error field of a message is a negated errno: MAX_ERRNO in
 * include/linux/err.h. INT32_MIN could not be negated. */
bool IsErrno(std::int32_t error) { return error < 0 && error >= -4095; }

}  // namespace

void Exchange::OnDatagram(const Datagram& datagram) {
  MessageWalker walker(datagram.bytes);
  while (const auto message = walker.Next()) {
    if (failure_) return;
    OnMessage(*message);
  }
  if (failure_) return;
  // The lost part of a truncated datagram may contain anything, even NLMSG_DONE.
  if (datagram.truncated) return Fail(FailureCode::kTruncated, 0, "recvmmsg");
  if (!walker.rest().empty() || datagram.bytes.empty()) {
    Fail(FailureCode::kMalformed, 0, "nlmsghdr");
  }
}

void Exchange::OnForeign(const Datagram& datagram) {
  MessageWalker walker(datagram.bytes);
  while (walker.Next()) ++counts_.unrelated;
}

std::optional<Failure> Exchange::failure() const {
  if (failure_) return failure_;
  if (interrupted_) return Failure{FailureCode::kInterrupted, 0, "NLM_F_DUMP_INTR"};
  return std::nullopt;
}

void Exchange::OnMessage(const Message& message) {
  const MessageHeader& header = message.header;
  // No message of this answer can follow NLMSG_DONE.
  if (done_ || header.sequence != sequence_ || header.port != port_) {
    ++counts_.unrelated;
    return;
  }
  if ((header.flags & kFlagDumpInterrupted) != 0) interrupted_ = true;
  switch (header.type) {
    case kMessageError:
      return OnError(message);
    case kMessageDone:
      return OnDone(message);
    case kMessageOverrun:
      return Fail(FailureCode::kReceive, 0, "NLMSG_OVERRUN");
    default:
      return OnData(message);
  }
}

void Exchange::OnData(const Message& message) {
  const auto wanted = std::find(data_types_.begin(), data_types_.end(), message.header.type);
  const Verdict verdict =
      wanted == data_types_.end() ? Verdict::kDiscarded : sink_.OnMessage(message.bytes);
  switch (verdict) {
    case Verdict::kTaken:
      ++counts_.seen;
      return;
    case Verdict::kDiscarded:
      ++counts_.discarded;
      return;
    case Verdict::kStop:
      return Fail(FailureCode::kFull, 0, "batch");
  }
}

void Exchange::OnError(const Message& message) {
  if (message.payload().size() < sizeof(std::int32_t)) {
    return Fail(FailureCode::kMalformed, 0, "NLMSG_ERROR");
  }
  // nlmsgerr.error is a negative errno; 0 is an acknowledgement, which does not end a dump.
  const auto error = Load<std::int32_t>(message.payload().data());
  if (error == 0) {
    ++counts_.discarded;
    return;
  }
  if (!IsErrno(error)) return Fail(FailureCode::kMalformed, 0, "NLMSG_ERROR");
  Fail(FailureCode::kRefused, -error, "NLMSG_ERROR");
}

void Exchange::OnDone(const Message& message) {
  // netlink_dump_done() puts the errno of an aborted dump here.
  const auto error = message.payload().size() < sizeof(std::int32_t)
                         ? 0
                         : Load<std::int32_t>(message.payload().data());
  if (error < 0 && !IsErrno(error)) return Fail(FailureCode::kMalformed, 0, "NLMSG_DONE");
  if (error < 0) return Fail(FailureCode::kDone, -error, "NLMSG_DONE");
  done_ = true;
}

}  // namespace netlink
