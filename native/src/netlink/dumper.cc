#include "dumper.h"

#include <algorithm>
#include <cerrno>

#include "../util/clock.h"

namespace netlink {
namespace {

/** Returns whether the kernel refused the request (as opposed to an answer that broke off).
 * EMSGSIZE counts too: a request that exceeds net.core.wmem_default can never be sent. */
bool IsRefusal(const Failure& failure) {
  if (failure.code == FailureCode::kSend) return failure.error == EMSGSIZE;
  return failure.code == FailureCode::kRefused || failure.code == FailureCode::kDone;
}

/** Returns whether an error is temporary: it does not show what the kernel supports. */
bool IsPassing(int error) {
  return error == EBUSY || error == EAGAIN || error == ENOMEM || error == ENOBUFS || error == EINTR;
}

class BatchBracket {
 public:
  explicit BatchBracket(MessageSink& sink) : sink_(sink) { sink_.BeginBatch(); }
  ~BatchBracket() { sink_.EndBatch(); }
  BatchBracket(const BatchBracket&) = delete;
  BatchBracket& operator=(const BatchBracket&) = delete;

 private:
  MessageSink& sink_;
};

}  // namespace

DumpReport Dumper::Run(MessageSink& sink, const std::atomic<bool>& abandoned) {
  DumpReport report;
  const std::size_t last = chosen_.value_or(spec_.query_methods.size() - 1);
  for (std::size_t query_method = chosen_.value_or(0); query_method <= last; ++query_method) {
    report.query_method = query_method;
    report.request_ns.clear();
    report.failure = RunMethod(query_method, sink, abandoned, report);
    if (!report.failure || report.counts.seen > 0) {
      chosen_ = query_method;
      break;
    }
    const bool refused = IsRefusal(*report.failure) && !IsPassing(report.failure->error);
    if (chosen_ || !refused) break;
    socket_.reset();
    // Every query method was refused. This is a refusal also when the last one was refused in
    // NLMSG_DONE.
    if (query_method == last) report.failure->code = FailureCode::kRefused;
  }
  if (report.failure) socket_.reset();
  if (report.failure && report.failure->code == FailureCode::kTruncated) {
    report.buffers_grown = buffers_.Grow();
  }
  return report;
}

std::optional<Failure> Dumper::RunMethod(std::size_t query_method, MessageSink& sink,
                                         const std::atomic<bool>& abandoned, DumpReport& report) {
  std::optional<Failure> empty;
  std::optional<Failure> interrupted;
  bool served = false;
  for (Request& request : spec_.query_methods[query_method]) {
    const std::uint64_t seen = report.counts.seen;
    const std::int64_t start = MonotonicNs();
    const auto failure = Ask(request, sink, abandoned, report.counts);
    report.request_ns.push_back(MonotonicNs() - start);
    if (!failure) {
      served = true;
    } else if (failure->code == FailureCode::kInterrupted) {
      // The answer is complete, but the kernel's table changed meanwhile. Go on with the other
      // requests.
      served = true;
      interrupted = failure;
    } else if (IsRefusal(*failure) && failure->error == spec_.empty_errno &&
               report.counts.seen == seen) {
      empty = failure;
    } else {
      return failure;
    }
  }
  if (interrupted) return interrupted;
  return served ? std::nullopt : empty;
}

std::optional<Failure> Dumper::Ask(Request& request, MessageSink& sink,
                                   const std::atomic<bool>& abandoned, Counts& counts) {
  if (const auto failure = Open()) return failure;
  auto header = Load<MessageHeader>(request.data());
  header.sequence = ++sequence_;
  header.port = socket_->port();
  std::memcpy(request.data(), &header, sizeof header);
  if (const auto failure = socket_->Send(request)) return failure;

  Exchange exchange(header.sequence, header.port, spec_.data_types, sink, counts);
  while (!exchange.over()) {
    if (abandoned) return Failure{FailureCode::kReceive, ECANCELED, "recvmmsg"};
    const auto received = socket_->Receive(buffers_);
    if (const auto* failure = std::get_if<Failure>(&received)) return *failure;
    const BatchBracket bracket(sink);
    for (std::size_t i = 0; i < std::get<std::size_t>(received); ++i) {
      const Datagram datagram = buffers_.At(i);
      if (socket_->Accepts(datagram)) {
        exchange.OnDatagram(datagram);
      } else {
        exchange.OnForeign(datagram);
      }
    }
  }
  return exchange.failure();
}

std::optional<Failure> Dumper::Open() {
  if (socket_) return std::nullopt;
  auto opened = opener_(spec_.protocol);
  if (const auto* failure = std::get_if<Failure>(&opened)) return *failure;
  socket_.emplace(std::move(std::get<Channel>(opened)));
  return std::nullopt;
}

}  // namespace netlink
