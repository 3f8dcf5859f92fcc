#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "failure.h"
#include "framing.h"
#include "netlink-socket.h"

namespace netlink {

/** Decision of a MessageSink on a data message. */
enum class Verdict {
  kTaken,
  kDiscarded,
  /** The sink is full: the dump fails with ERR_FULL. */
  kStop,
};

/** Receiver of data messages. */
class MessageSink {
 public:
  virtual ~MessageSink() = default;

  /** Begins the messages of one recvmmsg. No system call is made before EndBatch(). */
  virtual void BeginBatch() {}
  virtual void EndBatch() {}

  /** Takes one data message with its nlmsghdr, which is valid during the call. */
  virtual Verdict OnMessage(Bytes message) = 0;
};

/** Counts of messages of a dump. */
struct Counts {
  std::uint64_t seen = 0;
  std::uint64_t discarded = 0;
  std::uint64_t unrelated = 0;
};

/** One request and its answer, up to NLMSG_DONE or NLMSG_ERROR. Reads every datagram and detects
 * the end of the answer. */
class Exchange {
 public:
  Exchange(std::uint32_t sequence, std::uint32_t port, const std::vector<std::uint16_t>& data_types,
           MessageSink& sink, Counts& counts)
      : sequence_(sequence), port_(port), data_types_(data_types), sink_(sink), counts_(counts) {}

  void OnDatagram(const Datagram& datagram);

  /** Counts the messages of a datagram from another sender. */
  void OnForeign(const Datagram& datagram);

  bool over() const { return done_ || failure_.has_value(); }

  /** Returns why the answer is incomplete. NLM_F_DUMP_INTR is reported only after the end of the
   * answer. */
  std::optional<Failure> failure() const;

 private:
  void OnMessage(const Message& message);
  void OnData(const Message& message);
  void OnError(const Message& message);
  void OnDone(const Message& message);
  void Fail(FailureCode code, int error, const char* op) { failure_ = Failure{code, error, op}; }

  std::uint32_t sequence_;
  std::uint32_t port_;
  const std::vector<std::uint16_t>& data_types_;
  MessageSink& sink_;
  Counts& counts_;
  bool done_ = false;
  bool interrupted_ = false;
  std::optional<Failure> failure_;
};

}  // namespace netlink
