#include "pump.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "../util/clock.h"

namespace netlink::relay {
namespace {

/** Buffers that are moved before other connections have their turn. */
constexpr int kRounds = 4;

/** Bytes that are discarded with one call. They are not copied. */
constexpr std::size_t kDiscardBytes = std::size_t{1} << 20;

bool IsTemporary(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

struct Pump::Course {
  Direction direction;
  Side& from;
  Side& to;
  Flow& flow;
  Published<std::uint64_t>& received;
  Published<std::uint64_t>& sent;
  Published<std::uint64_t>& total_received;
  Published<std::uint64_t>& total_sent;
  Published<std::int64_t>& last;
  std::int64_t& first;
};

Pump::Course Pump::CourseOf(Connection& c, Totals& totals, Direction direction) {
  ByteCounts& counts = c.live.bytes;
  if (direction == Direction::kUp) {
    return {direction,
            c.client,
            c.backend,
            c.up,
            counts.client_received,
            counts.backend_sent,
            totals.bytes.client_received,
            totals.bytes.backend_sent,
            c.live.last_client,
            c.first_client};
  }
  return {direction,
          c.backend,
          c.client,
          c.down,
          counts.backend_received,
          counts.client_sent,
          totals.bytes.backend_received,
          totals.bytes.client_sent,
          c.live.last_backend,
          c.first_backend};
}

Moved Pump::Move(Connection& connection, Direction direction, std::int64_t now) {
  const Course course = CourseOf(connection, totals_, direction);
  Moved moved;
  if (course.flow.waiting() && !Write(course, moved)) return moved;
  for (int round = 0; round < kRounds; ++round) {
    if (!course.from.readable || course.from.ended) break;
    if (!Read(course, connection, now, moved)) break;
    if (!Write(course, moved)) return moved;
  }
  if (!course.flow.waiting()) Release(course.flow);
  moved.more = course.from.readable && !course.from.ended && moved.failed == nullptr;
  return moved;
}

Moved Pump::Flush(Connection& connection, Direction direction) {
  const Course course = CourseOf(connection, totals_, direction);
  Moved moved;
  if (course.flow.waiting()) Write(course, moved);
  return moved;
}

Moved Pump::Discard(Side& side) {
  Moved moved;
  for (int round = 0; round < kRounds && side.readable && !side.ended; ++round) {
    const ssize_t got = ::recv(side.fd.get(), nullptr, kDiscardBytes, MSG_TRUNC);
    if (got == 0) side.ended = true;
    if (got >= 0 || errno == EINTR) continue;
    side.readable = false;
    if (IsTemporary(errno)) continue;
    moved.failed = &side;
    moved.error = errno;
  }
  moved.more = side.readable && !side.ended;
  return moved;
}

void Pump::Prepend(Connection& connection, Bytes bytes) {
  Flow& flow = connection.up;
  if (bytes.empty()) return;
  flow.buffer = buffers_.Take();
  std::copy(bytes.begin(), bytes.end(), flow.buffer->begin());
  flow.start = 0;
  flow.end = flow.uncounted = static_cast<std::uint32_t>(bytes.size());
}

void Pump::Release(Flow& flow) {
  if (flow.buffer) buffers_.Give(std::move(flow.buffer));
  flow.start = flow.end = flow.uncounted = 0;
}

bool Pump::Write(const Course& course, Moved& moved) {
  Flow& flow = course.flow;
  while (flow.waiting()) {
    if (!course.to.writable) return false;
    const ssize_t sent = ::send(course.to.fd.get(), flow.buffer->data() + flow.start,
                                flow.end - flow.start, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      course.to.writable = false;
      if (IsTemporary(errno)) return false;
      moved.failed = &course.to;
      moved.error = errno;
      return false;
    }
    const auto written = static_cast<std::uint32_t>(sent);
    flow.start += written;
    const std::uint32_t header = std::min(flow.uncounted, written);
    flow.uncounted -= header;
    course.sent.Add(written - header);
    course.total_sent.Add(written - header);
    // The kernel took less than it was offered: it is full, and reports when there is room.
    if (flow.waiting()) {
      course.to.writable = false;
      return false;
    }
  }
  return true;
}

bool Pump::Read(const Course& course, Connection& connection, std::int64_t now, Moved& moved) {
  Flow& flow = course.flow;
  Side& from = course.from;
  if (!flow.buffer) flow.buffer = buffers_.Take();
  ssize_t got = 0;
  do {
    got = ::recv(from.fd.get(), flow.buffer->data(), flow.buffer->size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    const int error = errno;
    from.readable = false;
    from.ended = got == 0;
    if (got < 0 && !IsTemporary(error)) {
      moved.failed = &from;
      moved.error = error;
    }
    Release(flow);
    return false;
  }
  const auto count = static_cast<std::uint32_t>(got);
  // After a short read the socket is empty, and the next bytes are reported.
  if (count < flow.buffer->size() && !from.hung_up && !from.urgent) from.readable = false;
  flow.start = 0;
  flow.end = count;
  if (connection.dumps) {
    Dump(connection, course.direction, course.received.get(), {flow.buffer->data(), count}, now);
  }
  course.received.Add(count);
  course.total_received.Add(count);
  if (course.first == 0) course.first = now;
  course.last.Set(now);
  return true;
}

void Pump::Dump(Connection& connection, Direction direction, std::uint64_t offset, Bytes bytes,
                std::int64_t now) {
  const std::uint64_t wanted = std::min<std::uint64_t>(connection.dump_left, bytes.size());
  const std::uint64_t granted = events_.HasDumpRoom(wanted) ? meter_.Take(wanted, now) : 0;
  connection.dump_left -= granted;
  connection.dump_omitted += bytes.size() - granted;
  totals_.dump_omitted.Add(bytes.size() - granted);
  if (granted == 0) return;
  DumpEvent event{};
  event.header.connection = static_cast<double>(connection.id);
  event.header.code = static_cast<std::uint16_t>(direction);
  event.read_us = static_cast<double>(RealtimeNs() / 1000);
  event.offset = static_cast<double>(offset);
  events_.AddDump(event, bytes.first(granted));
}

}  // namespace netlink::relay
