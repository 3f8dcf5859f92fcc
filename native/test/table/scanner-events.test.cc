#include <algorithm>
#include <cerrno>
#include <string>

#include "../../src/table/scanner.h"
#include "../../src/util/clock.h"
#include "../check.h"
#include "../fake-events.h"
#include "../fake-kernel.h"
#include "../messages.h"

namespace netlink::test {
namespace {

using Keys = std::vector<std::uint64_t>;

constexpr std::uint8_t kLeftover = 3;

SourceSpec Source(EventSpec events) {
  SourceSpec source;
  source.dump.query_methods = {{DumpRequest()}};
  source.dump.data_types = {kDataType};
  source.shape = KeyedShape();
  source.interval_ns = 1'000'000;
  source.leftovers = {{.offset = 9, .bytes = {kLeftover}}};
  source.destroy_events = std::move(events);
  return source;
}

/** A scanner that receives destroy events, and its kernel. */
class Bench {
 public:
  explicit Bench(unsigned grace_scans = 0)
      : scanner(Source(EventsOf(grace_scans)), kernel.Opener(), events.Opener()) {
    CHECK(!scanner.Listen());
  }

  Batch Scan(FakeKernel::Script script) {
    kernel.Answer(std::move(script));
    return Scan();
  }

  Batch Scan(const Keys& keys) {
    return Scan([keys](const Inquiry& inquiry) {
      for (const std::uint64_t key : keys) inquiry.Send({inquiry.Data(key)});
      inquiry.Send({inquiry.Done()});
    });
  }

  Batch Scan() {
    Batch batch;
    scanner.Scan(batch, MonotonicNs(), abandoned_);
    return batch;
  }

  DestroyedKeys TakeEvents() {
    DestroyedKeys destroyed;
    scanner.TakeEvents(destroyed, 1 << 20);
    return destroyed;
  }

  FakeKernel kernel;
  FakeEvents events;
  Scanner scanner;

 private:
  const std::atomic<bool> abandoned_ = false;
};

/** Returns a script that serves a key's leftover. */
FakeKernel::Script ServesLeftover(std::uint64_t key) {
  return [key](const Inquiry& inquiry) {
    Buffer payload = KeyedPayload(key, Attr(9, {1, 2, 3}), 5);
    payload[9] = kLeftover;
    inquiry.Send({inquiry.Of(kDataType, payload), inquiry.Done()});
  };
}

FakeKernel::Script Fails() {
  return [](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-EBUSY)}); };
}

TEST("scanner events: an end removes its key, and carries the last bytes") {
  Bench bench;
  bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1, Attr(5, {42})), inquiry.Data(2), inquiry.Done()});
  });
  const auto last = bench.scanner.Latest(1);
  const std::uint64_t before = RealtimeNs();
  bench.events.Tell({1});
  const DestroyedKeys destroyed = bench.TakeEvents();
  CHECK(ToldIn(destroyed).keys == Keys({1}));
  CHECK(ToldIn(destroyed).last == Keys({1}));
  const std::uint8_t* bytes = destroyed.messages.data.data() + destroyed.messages.spans[2];
  CHECK(std::ranges::equal(*last, Bytes(bytes, destroyed.messages.spans[3])));
  CHECK(destroyed.taken_ns >= before && destroyed.taken_ns <= RealtimeNs());
  CHECK(!bench.scanner.Latest(1));
  CHECK_EQ(bench.scanner.Size(), 1u);
  // The key was reported as ended, and must not be reported as gone, too.
  CHECK(bench.Scan(Keys{2}).gone.empty());
}

TEST("scanner events: an end of an unknown key has no last bytes") {
  Bench bench;
  bench.events.Tell({9, 9});
  const DestroyedKeys destroyed = bench.TakeEvents();
  CHECK(ToldIn(destroyed).keys == Keys({9, 9}));
  CHECK(ToldIn(destroyed).last == Keys({0, 0}));
  CHECK(destroyed.Any());
}

TEST("scanner events: without events there is nothing to report") {
  Bench bench;
  CHECK(!bench.TakeEvents().Any());
}

TEST("scanner events: a message that is too short is counted") {
  Bench bench;
  bench.events.TellRaw(
      Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0}, Buffer(8)));
  const DestroyedKeys destroyed = bench.TakeEvents();
  CHECK_EQ(destroyed.discarded, 1u);
  CHECK(destroyed.messages.spans.empty());
  CHECK(destroyed.Any());
}

TEST(
    "scanner events: events during a dump are taken after it, and before missing keys are "
    "searched") {
  Bench bench;
  bench.Scan(Keys{1, 2, 3});
  const Batch batch = bench.Scan([&](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1, Attr(5, {1}))});
    bench.events.Tell({1, 2});
    inquiry.Send({inquiry.Done()});
  });
  // Key 1 was in the dump and then ended. Key 2 was not, but has a destroy event. Key 3 is gone.
  CHECK_EQ(batch.changed.spans.size(), 2u);
  CHECK(ToldIn(batch.destroyed).keys == Keys({1, 2}));
  CHECK(ToldIn(batch.destroyed).last == Keys({1, 2}));
  CHECK(batch.destroyed.taken_ns >= batch.end_ns);
  CHECK(batch.gone == Keys({3}));
  CHECK_EQ(bench.scanner.Size(), 0u);
}

TEST("scanner events: events during a failed scan are taken too") {
  Bench bench;
  bench.Scan(Keys{1});
  bench.events.Tell({1});
  const Batch batch = bench.Scan(Fails());
  CHECK(batch.failure.has_value());
  CHECK(ToldIn(batch.destroyed).keys == Keys({1}));
  CHECK(batch.gone.empty());
}

TEST("scanner events: a key is gone after one complete scan without it and those of grace") {
  for (const unsigned grace : {0u, 1u, 2u, 5u}) {
    Bench bench(grace);
    bench.Scan(Keys{1, 2});
    for (unsigned absent = 0; absent < grace; ++absent) {
      CHECK(bench.Scan(Keys{2}).gone.empty());
      CHECK_EQ(bench.scanner.Size(), 2u);
    }
    CHECK(bench.Scan(Keys{2}).gone == Keys({1}));
    CHECK_EQ(bench.scanner.Size(), 1u);
  }
}

TEST("scanner events: failed scans do not count, and a key that reappears restarts the count") {
  Bench bench(2);
  bench.Scan(Keys{1, 2});
  bench.Scan(Keys{2});
  CHECK(bench.Scan(Fails()).gone.empty());
  CHECK(bench.Scan(Fails()).gone.empty());
  CHECK(bench.Scan(Keys{2}).gone.empty());
  // Its bytes are the same as before: it did not change.
  CHECK(bench.Scan(Keys{1, 2}).changed.spans.empty());
  CHECK(bench.Scan(Keys{2}).gone.empty());
  CHECK(bench.Scan(Keys{2}).gone.empty());
  CHECK(bench.Scan(Keys{2}).gone == Keys({1}));
}

TEST("scanner events: an end during grace carries the last bytes; a later one does not") {
  Bench bench(1);
  bench.Scan(Keys{1, 2});
  bench.Scan(Keys{});
  bench.events.Tell({1});
  CHECK(ToldIn(bench.TakeEvents()).last == Keys({1}));
  CHECK(bench.Scan(Keys{}).gone == Keys({2}));
  bench.events.Tell({2});
  CHECK(ToldIn(bench.TakeEvents()).last == Keys({0}));
}

TEST("scanner events: with destroy events, a leftover counts as missing") {
  Bench bench(1);
  bench.Scan(Keys{1});
  const Batch batch = bench.Scan(ServesLeftover(1));
  CHECK_EQ(batch.seen, 1u);
  CHECK(batch.changed.spans.empty());
  CHECK(batch.gone.empty());
  CHECK(bench.Scan().gone == Keys({1}));
  // The leftover is not reported as a new key either.
  CHECK(bench.Scan().changed.spans.empty());
  CHECK_EQ(bench.scanner.Size(), 0u);
}

TEST("scanner events: without destroy events, a leftover counts as its key") {
  FakeKernel kernel;
  SourceSpec source = Source(EventsOf());
  source.destroy_events.reset();
  Scanner scanner(std::move(source), kernel.Opener());
  CHECK(!scanner.Listen());
  CHECK(!scanner.listening());
  CHECK_EQ(scanner.events_fd(), -1);
  const std::atomic<bool> abandoned = false;
  kernel.Answer(ServesLeftover(1));
  Batch batch;
  scanner.Scan(batch, MonotonicNs(), abandoned);
  CHECK_EQ(batch.changed.spans.size(), 2u);
  CHECK(!batch.destroyed.Any());
  CHECK_EQ(batch.destroyed.taken_ns, 0u);
}

TEST("scanner events: a leftover with `always` counts as missing, with or without destroy events") {
  FakeKernel kernel;
  SourceSpec source = Source(EventsOf());
  source.destroy_events.reset();
  // Both bytes must match.
  source.leftovers = {{.offset = 9, .bytes = {kLeftover, 1}, .always = false},
                      {.offset = 9, .bytes = {kLeftover, 0}, .always = true}};
  Scanner scanner(std::move(source), kernel.Opener());
  const std::atomic<bool> abandoned = false;
  const auto scan = [&](FakeKernel::Script script) {
    kernel.Answer(std::move(script));
    Batch batch;
    scanner.Scan(batch, MonotonicNs(), abandoned);
    return batch;
  };
  CHECK_EQ(scan([](const Inquiry& inquiry) {
             inquiry.Send({inquiry.Data(1), inquiry.Done()});
           }).changed.spans.size(),
           2u);
  const Batch batch = scan(ServesLeftover(1));
  CHECK(batch.changed.spans.empty());
  CHECK(batch.gone == Keys({1}));
}

TEST("scanner events: without destroy events, a missing key is gone at once") {
  FakeKernel kernel;
  FakeEvents events;
  events.Refuse(Failure{FailureCode::kSocket, EPERM, "bind"});
  Scanner scanner(Source(EventsOf(2)), kernel.Opener(), events.Opener());
  CHECK(!scanner.Listen());
  CHECK_EQ(std::get<Failure>(*scanner.listening()).error, EPERM);
  const std::atomic<bool> abandoned = false;
  for (const Keys& keys : {Keys{1}, Keys{}}) {
    kernel.Answer([&keys](const Inquiry& inquiry) {
      for (const std::uint64_t key : keys) inquiry.Send({inquiry.Data(key)});
      inquiry.Send({inquiry.Done()});
    });
    Batch batch;
    scanner.Scan(batch, MonotonicNs(), abandoned);
    CHECK(batch.gone == (keys.empty() ? Keys{1} : Keys{}));
    CHECK(!batch.destroyed.Any());
  }
  // After a first failure it is not tried again.
  CHECK_EQ(events.asked(), 1);
}

TEST("scanner events: a failed subscription is an error only if required") {
  FakeKernel kernel;
  FakeEvents events;
  events.Refuse(Failure{FailureCode::kSocket, EPERM, "bind"});
  Scanner required(Source(EventsOf(0, true)), kernel.Opener(), events.Opener());
  const auto failure = required.Listen();
  CHECK(failure.has_value());
  CHECK_EQ(failure->error, EPERM);

  events.Refuse(std::nullopt);
  Scanner granted(Source(EventsOf(0, true)), kernel.Opener(), events.Opener());
  CHECK(!granted.Listen());
  const auto& grant = std::get<EventGrant>(*granted.listening());
  CHECK_EQ(grant.receive_buffer, FakeEvents::kGrant.receive_buffer);
  CHECK(grant.forced);
  CHECK(granted.events_fd() >= 0);
}

TEST("scanner events: a failed event socket is reported once, and reopened by the next scan") {
  Bench bench(2);
  bench.Scan(Keys{1, 2});
  FakeEvents::FailNext(EBADF);
  const DestroyedKeys destroyed = bench.TakeEvents();
  CHECK_EQ(destroyed.failure->error, EBADF);
  CHECK(destroyed.Any());
  CHECK_EQ(bench.scanner.events_fd(), -1);
  CHECK(!bench.TakeEvents().Any());

  CHECK(!bench.Scan().destroyed.failure);
  CHECK_EQ(bench.events.asked(), 2);
  bench.events.Tell({1});
  CHECK(ToldIn(bench.TakeEvents()).last == Keys({1}));
}

TEST("scanner events: a socket that cannot be reopened is tried and reported by each scan") {
  Bench bench(2);
  bench.Scan(Keys{1, 2});
  bench.events.Refuse(Failure{FailureCode::kSocket, EMFILE, "socket"});
  FakeEvents::FailNext(EBADF);
  // The socket fails in the drain of this scan. The grace still applies: the destroy event may yet
  // come.
  const Batch breaks = bench.Scan(Keys{2});
  CHECK_EQ(breaks.destroyed.failure->error, EBADF);
  CHECK(breaks.destroyed.Missed());
  CHECK(breaks.gone.empty());
  for (const bool gone : {false, true, false}) {
    const Batch deaf = bench.Scan(Keys{2});
    CHECK_EQ(deaf.destroyed.failure->error, EMFILE);
    CHECK(deaf.gone == (gone ? Keys({1}) : Keys{}));
  }
  bench.events.Refuse(std::nullopt);
  CHECK(!bench.Scan().destroyed.failure);
  bench.events.Tell({2});
  CHECK(ToldIn(bench.TakeEvents()).keys == Keys({2}));
}

TEST("scanner events: taking stops at its limit, and continues from there") {
  Bench bench;
  for (std::uint64_t key = 1; key <= 150; ++key) bench.events.Tell({key});
  DestroyedKeys destroyed;
  bench.scanner.TakeEvents(destroyed, 1);
  CHECK_EQ(ToldIn(destroyed).keys.size(), 64u);
  CHECK_EQ(ToldIn(bench.TakeEvents()).keys.size(), 86u);
}

TEST("scanner events: an overrun is reported") {
  Bench bench;
  bench.events.Tell({1});
  FakeEvents::FailNext(ENOBUFS);
  const Batch batch = bench.Scan(Keys{});
  CHECK_EQ(batch.destroyed.overruns, 1u);
  CHECK(ToldIn(batch.destroyed).keys == Keys({1}));
}

}  // namespace
}  // namespace netlink::test
