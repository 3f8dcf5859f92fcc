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

constexpr std::uint8_t kRemnant = 3;

SourceSpec Source(EventSpec events) {
  SourceSpec source;
  source.dump.ways = {{DumpRequest()}};
  source.dump.data_types = {kDataType};
  source.shape = KeyedShape();
  source.interval_ns = 1'000'000;
  source.remnants = {{.offset = 9, .bytes = {kRemnant}}};
  source.ends = std::move(events);
  return source;
}

/** A scanner that receives end events, and its kernel. */
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

  EndedKeys TakeEnds() {
    EndedKeys ended;
    scanner.TakeEnds(ended, 1 << 20);
    return ended;
  }

  FakeKernel kernel;
  FakeEvents events;
  Scanner scanner;

 private:
  const std::atomic<bool> abandoned_ = false;
};

/** Returns a script that serves a key's remnant. */
FakeKernel::Script ServesRemnant(std::uint64_t key) {
  return [key](const Inquiry& inquiry) {
    Buffer payload = KeyedPayload(key, Attr(9, {1, 2, 3}), 5);
    payload[9] = kRemnant;
    inquiry.Send({inquiry.Of(kDataType, payload), inquiry.Done()});
  };
}

FakeKernel::Script Fails() {
  return [](const Inquiry& inquiry) { inquiry.Send({inquiry.Error(-EBUSY)}); };
}

TEST("ends: an end removes its key, and carries the last bytes") {
  Bench bench;
  bench.Scan([](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1, Attr(5, {42})), inquiry.Data(2), inquiry.Done()});
  });
  const auto last = bench.scanner.Latest(1);
  const std::uint64_t before = RealtimeNs();
  bench.events.Tell({1});
  const EndedKeys ended = bench.TakeEnds();
  CHECK(ToldIn(ended).keys == Keys({1}));
  CHECK(ToldIn(ended).last == Keys({1}));
  const std::uint8_t* bytes = ended.messages.data.data() + ended.messages.spans[2];
  CHECK(std::ranges::equal(*last, Bytes(bytes, ended.messages.spans[3])));
  CHECK(ended.taken_ns >= before && ended.taken_ns <= RealtimeNs());
  CHECK(!bench.scanner.Latest(1));
  CHECK_EQ(bench.scanner.Size(), 1u);
  // The key was reported as ended, and must not be reported as gone, too.
  CHECK(bench.Scan(Keys{2}).gone.empty());
}

TEST("ends: an end of an unknown key has no last bytes") {
  Bench bench;
  bench.events.Tell({9, 9});
  const EndedKeys ended = bench.TakeEnds();
  CHECK(ToldIn(ended).keys == Keys({9, 9}));
  CHECK(ToldIn(ended).last == Keys({0, 0}));
  CHECK(ended.Any());
}

TEST("ends: without events there is nothing to report") {
  Bench bench;
  CHECK(!bench.TakeEnds().Any());
}

TEST("ends: a message that is too short is counted") {
  Bench bench;
  bench.events.TellRaw(
      Msg({.length = 0, .type = kDataType, .flags = 0, .sequence = 0, .port = 0}, Buffer(8)));
  const EndedKeys ended = bench.TakeEnds();
  CHECK_EQ(ended.discarded, 1u);
  CHECK(ended.messages.spans.empty());
  CHECK(ended.Any());
}

TEST("ends: ends during a dump are taken after it, and before missing keys are searched") {
  Bench bench;
  bench.Scan(Keys{1, 2, 3});
  const Batch batch = bench.Scan([&](const Inquiry& inquiry) {
    inquiry.Send({inquiry.Data(1, Attr(5, {1}))});
    bench.events.Tell({1, 2});
    inquiry.Send({inquiry.Done()});
  });
  // Key 1 was in the dump and then ended. Key 2 was not, but has an end event. Key 3 is gone.
  CHECK_EQ(batch.changed.spans.size(), 2u);
  CHECK(ToldIn(batch.ended).keys == Keys({1, 2}));
  CHECK(ToldIn(batch.ended).last == Keys({1, 2}));
  CHECK(batch.ended.taken_ns >= batch.end_ns);
  CHECK(batch.gone == Keys({3}));
  CHECK_EQ(bench.scanner.Size(), 0u);
}

TEST("ends: ends during a failed scan are taken too") {
  Bench bench;
  bench.Scan(Keys{1});
  bench.events.Tell({1});
  const Batch batch = bench.Scan(Fails());
  CHECK(batch.failure.has_value());
  CHECK(ToldIn(batch.ended).keys == Keys({1}));
  CHECK(batch.gone.empty());
}

TEST("ends: a key is gone after one complete scan without it and those of grace") {
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

TEST("ends: failed scans do not count, and a key that reappears restarts the count") {
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

TEST("ends: an end during grace carries the last bytes; a later one does not") {
  Bench bench(1);
  bench.Scan(Keys{1, 2});
  bench.Scan(Keys{});
  bench.events.Tell({1});
  CHECK(ToldIn(bench.TakeEnds()).last == Keys({1}));
  CHECK(bench.Scan(Keys{}).gone == Keys({2}));
  bench.events.Tell({2});
  CHECK(ToldIn(bench.TakeEnds()).last == Keys({0}));
}

TEST("ends: with end events, a remnant counts as missing") {
  Bench bench(1);
  bench.Scan(Keys{1});
  const Batch batch = bench.Scan(ServesRemnant(1));
  CHECK_EQ(batch.seen, 1u);
  CHECK(batch.changed.spans.empty());
  CHECK(batch.gone.empty());
  CHECK(bench.Scan().gone == Keys({1}));
  // The remnant is not reported as a new key either.
  CHECK(bench.Scan().changed.spans.empty());
  CHECK_EQ(bench.scanner.Size(), 0u);
}

TEST("ends: without end events, a remnant counts as its key") {
  FakeKernel kernel;
  SourceSpec source = Source(EventsOf());
  source.ends.reset();
  Scanner scanner(std::move(source), kernel.Opener());
  CHECK(!scanner.Listen());
  CHECK(!scanner.listening());
  CHECK_EQ(scanner.ends_fd(), -1);
  const std::atomic<bool> abandoned = false;
  kernel.Answer(ServesRemnant(1));
  Batch batch;
  scanner.Scan(batch, MonotonicNs(), abandoned);
  CHECK_EQ(batch.changed.spans.size(), 2u);
  CHECK(!batch.ended.Any());
  CHECK_EQ(batch.ended.taken_ns, 0u);
}

TEST("ends: a remnant with `always` counts as missing, with or without end events") {
  FakeKernel kernel;
  SourceSpec source = Source(EventsOf());
  source.ends.reset();
  // Both bytes must match.
  source.remnants = {{.offset = 9, .bytes = {kRemnant, 1}, .always = false},
                     {.offset = 9, .bytes = {kRemnant, 0}, .always = true}};
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
  const Batch batch = scan(ServesRemnant(1));
  CHECK(batch.changed.spans.empty());
  CHECK(batch.gone == Keys({1}));
}

TEST("ends: without end events, a missing key is gone at once") {
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
    CHECK(!batch.ended.Any());
  }
  // After a first failure it is not tried again.
  CHECK_EQ(events.asked(), 1);
}

TEST("ends: a failed subscription is an error only if required") {
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
  CHECK(granted.ends_fd() >= 0);
}

TEST("ends: a failed event socket is reported once, and reopened by the next scan") {
  Bench bench(2);
  bench.Scan(Keys{1, 2});
  FakeEvents::FailNext(EBADF);
  const EndedKeys ended = bench.TakeEnds();
  CHECK_EQ(ended.failure->error, EBADF);
  CHECK(ended.Any());
  CHECK_EQ(bench.scanner.ends_fd(), -1);
  CHECK(!bench.TakeEnds().Any());

  CHECK(!bench.Scan().ended.failure);
  CHECK_EQ(bench.events.asked(), 2);
  bench.events.Tell({1});
  CHECK(ToldIn(bench.TakeEnds()).last == Keys({1}));
}

TEST("ends: a socket that cannot be reopened is tried and reported by each scan") {
  Bench bench(2);
  bench.Scan(Keys{1, 2});
  bench.events.Refuse(Failure{FailureCode::kSocket, EMFILE, "socket"});
  FakeEvents::FailNext(EBADF);
  // The socket fails in the drain of this scan. The grace still applies: the end event may yet
  // come.
  const Batch breaks = bench.Scan(Keys{2});
  CHECK_EQ(breaks.ended.failure->error, EBADF);
  CHECK(breaks.ended.Missed());
  CHECK(breaks.gone.empty());
  for (const bool gone : {false, true, false}) {
    const Batch deaf = bench.Scan(Keys{2});
    CHECK_EQ(deaf.ended.failure->error, EMFILE);
    CHECK(deaf.gone == (gone ? Keys({1}) : Keys{}));
  }
  bench.events.Refuse(std::nullopt);
  CHECK(!bench.Scan().ended.failure);
  bench.events.Tell({2});
  CHECK(ToldIn(bench.TakeEnds()).keys == Keys({2}));
}

TEST("ends: taking stops at its limit, and continues from there") {
  Bench bench;
  for (std::uint64_t key = 1; key <= 150; ++key) bench.events.Tell({key});
  EndedKeys ended;
  bench.scanner.TakeEnds(ended, 1);
  CHECK_EQ(ToldIn(ended).keys.size(), 64u);
  CHECK_EQ(ToldIn(bench.TakeEnds()).keys.size(), 86u);
}

TEST("ends: an overrun is reported") {
  Bench bench;
  bench.events.Tell({1});
  FakeEvents::FailNext(ENOBUFS);
  const Batch batch = bench.Scan(Keys{});
  CHECK_EQ(batch.ended.overruns, 1u);
  CHECK(ToldIn(batch.ended).keys == Keys({1}));
}

}  // namespace
}  // namespace netlink::test
