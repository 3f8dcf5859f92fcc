#pragma once

#include <cstdint>

#include "buffer-pool.h"
#include "connection.h"
#include "dump-meter.h"
#include "event-queue.h"
#include "live.h"

namespace netlink::relay {

/** Result of moving bytes in one direction. */
struct Moved {
  /** True when there is more to move at once. */
  bool more = false;
  /** Side whose socket failed, or null. */
  Side* failed = nullptr;
  /** Positive errno of the failure. */
  int error = 0;
};

/** Moves bytes between the two sockets of a connection, as far as they can be read and written now.
 */
class Pump {
 public:
  Pump(Totals& totals, EventQueue& events, std::uint64_t dump_bytes_per_sec)
      : totals_(totals), events_(events), meter_(dump_bytes_per_sec) {}

  /** Reads and writes in one direction. `now` is monotonic. */
  Moved Move(Connection& connection, Direction direction, std::int64_t now);

  /** Writes what waits in one direction, and reads nothing. */
  Moved Flush(Connection& connection, Direction direction);

  /** Reads what a side has sent, and discards it. */
  Moved Discard(Side& side);

  /** Puts bytes before those of the client. They must fit into a buffer. */
  void Prepend(Connection& connection, Bytes bytes);

  /** Gives up what waits. */
  void Release(Flow& flow);

  const BufferPool& buffers() const { return buffers_; }

 private:
  /** One direction of a connection, with its counters. */
  struct Course;
  static Course CourseOf(Connection& connection, Totals& totals, Direction direction);

  /** Writes what waits. Returns false if something still waits, or after a failure. */
  bool Write(const Course& course, Moved& moved);
  /** Fills the empty buffer. Returns false if nothing was read. */
  bool Read(const Course& course, Connection& connection, std::int64_t now, Moved& moved);
  void Dump(Connection& connection, Direction direction, std::uint64_t offset, Bytes bytes,
            std::int64_t now);

  Totals& totals_;
  EventQueue& events_;
  DumpMeter meter_;
  BufferPool buffers_;
};

}  // namespace netlink::relay
