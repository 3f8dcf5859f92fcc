#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dumper.h"
#include "exchange.h"
#include "failure.h"
#include "netlink-socket.h"
#include "packed-messages.h"

namespace netlink {

/** One dump whose answer is read in parts. `DumpPartOptions` in requester-binding.ts. */
struct DumpStreamSpec {
  int protocol = 0;
  Request request;
  std::vector<std::uint16_t> data_types = {};
  /** Size in bytes from which a part is complete. */
  std::size_t part_bytes = 0;
};

/** Part of the answer to a dump. */
struct DumpPart {
  PackedMessages messages;
  /** Numbers since the start of the dump. */
  Counts counts;
  /** True when the answer is complete. */
  bool last = false;
  /** True when the kernel's table changed during the dump (NLM_F_DUMP_INTR). Known in the last
   * part. */
  bool interrupted = false;
  std::optional<Failure> failure;
};

/**
 * Reads the answer to one dump in parts. The kernel prepares the next messages only when these are
 * read, so a slow reader costs no memory.
 */
class DumpStream {
 public:
  DumpStream(DumpStreamSpec spec, ChannelOpener opener)
      : spec_(std::move(spec)), opener_(std::move(opener)) {}
  DumpStream(const DumpStream&) = delete;
  DumpStream& operator=(const DumpStream&) = delete;

  /** Reads the next part. The first call sends the request. No call may follow the last part or a
   * failure. Gives up between two receives when `abandoned` becomes true. */
  DumpPart Next(const std::atomic<bool>& abandoned);

 private:
  /** Keeps the data messages of the current part. */
  class Collector : public MessageSink {
   public:
    Verdict OnMessage(Bytes message) override {
      messages.Append(message);
      return Verdict::kTaken;
    }
    PackedMessages messages;
  };

  std::optional<Failure> Begin();
  std::optional<Failure> Receive();

  DumpStreamSpec spec_;
  ChannelOpener opener_;
  ReceiveBuffers buffers_;
  std::optional<NetlinkSocket> socket_;
  Collector collector_;
  Counts counts_;
  std::optional<Exchange> exchange_;
};

}  // namespace netlink
